import { Button, Checkbox, Loader } from '@mantine/core';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useId, useRef } from 'react';
import { useI18n } from '../../i18n/index.tsx';
import type { Entry } from '../../s3/types.ts';
import classes from './ObjectGrid.module.css';
import { ObjectRow } from './ObjectRow.tsx';
import type { Selection, Step } from './selection.ts';

interface Props {
  label: string;
  bucket: string;
  rows: Entry[];
  /** Whether the server has further rows. */
  more: boolean;
  loadingMore: boolean;
  failed: unknown;
  onMore: () => unknown;
  selection: Selection;
  change: (step: Step) => void;
  onOpen: (row: Entry) => void;
  onDelete: (rows: Entry[]) => void;
}

/** Pixels of a row; as in ObjectGrid.module.css. */
const rowHeight = 48;
/** How many rows before the end the next page is asked for. */
const ahead = 60;

/**
 * A list of any length of which only the visible rows exist. One stop of the Tab key; arrows, Page and Home/End keys move in it, Space
 * chooses, Shift extends, Enter opens, Delete asks, Escape chooses nothing.
 */
export function ObjectGrid(props: Props) {
  const { label, bucket, rows, more, loadingMore, failed, onMore, selection, change, onOpen, onDelete } = props;
  const { t, number } = useI18n();
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const { active, chosen } = selection;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollPaddingStart: rowHeight,
    // The row of the keyboard exists even when it is out of sight, since the list refers to it.
    rangeExtractor: range => {
      const shown = defaultRangeExtractor(range);
      return active >= 0 && active < rows.length && !shown.includes(active)
        ? [...shown, active].sort((a, b) => a - b)
        : shown;
    },
  });
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;

  useEffect(() => {
    if (more && !loadingMore && !failed && lastShown >= rows.length - ahead) onMore();
  }, [more, loadingMore, failed, lastShown, rows.length, onMore]);

  useEffect(() => {
    if (active >= 0) virtual.scrollToIndex(active, { align: 'auto' });
  }, [active, virtual]);

  function onKeyDown(event: KeyboardEvent) {
    if (event.target !== event.currentTarget) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? rowHeight) / rowHeight) - 2);
    const moves: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1,
    };
    const to = moves[event.key];
    const row = rows[active];
    if (to !== undefined) change({ act: 'move', to, extend: event.shiftKey });
    else if (event.key === ' ' && row) change({ act: 'toggle', at: active });
    else if (event.key === 'Enter' && row) onOpen(row);
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) change({ act: 'all' });
    else if (event.key === 'Escape' && chosen.size > 0) change({ act: 'clear' });
    else if (event.key === 'Delete' && (chosen.size > 0 || row)) {
      onDelete(chosen.size > 0 ? rows.filter(one => chosen.has(one.key)) : row ? [row] : []);
    } else return;
    event.preventDefault();
  }

  const all = chosen.size > 0 && chosen.size === rows.length;
  return (
    <>
      <div
        ref={scroller}
        role="grid"
        aria-label={label}
        aria-rowcount={more ? -1 : rows.length + 1}
        aria-multiselectable
        aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
        tabIndex={0}
        className={classes.grid}
        onKeyDown={onKeyDown}
        onFocus={event => {
          if (event.target === event.currentTarget && active < 0 && rows.length > 0)
            change({ act: 'move', to: 0, extend: false });
        }}
      >
        <div role="row" aria-rowindex={1} className={`${classes.row} ${classes.head}`} tabIndex={-1}>
          <div role="columnheader" className={classes.check} tabIndex={-1}>
            <Checkbox
              aria-label={t('objects.chooseAll')}
              checked={all}
              indeterminate={chosen.size > 0 && !all}
              onChange={() => change({ act: all ? 'clear' : 'all' })}
              size="sm"
            />
          </div>
          <div role="columnheader" className={classes.name} tabIndex={-1}>
            {t('objects.name')}
          </div>
          <div role="columnheader" className={classes.size} tabIndex={-1}>
            {t('objects.size')}
          </div>
          <div role="columnheader" className={classes.modified} tabIndex={-1}>
            {t('objects.modified')}
          </div>
          <div role="columnheader" className={classes.actions} tabIndex={-1}>
            <span className="coffer-offscreen">{t('ui.actions')}</span>
          </div>
        </div>
        <div role="rowgroup" className={classes.body} style={{ height: virtual.getTotalSize() }}>
          {items.map(item => {
            const row = rows[item.index];
            return (
              row && (
                <ObjectRow
                  key={row.key}
                  id={`${id}-${item.index}`}
                  bucket={bucket}
                  row={row}
                  index={item.index}
                  top={item.start}
                  active={item.index === active}
                  chosen={chosen.has(row.key)}
                  change={change}
                  onOpen={onOpen}
                  onDelete={onDelete}
                  focusList={() => scroller.current?.focus({ preventScroll: true })}
                />
              )
            );
          })}
        </div>
      </div>
      <div className={classes.foot} role="status">
        {loadingMore && <Loader size={14} />}
        <span>
          {more ? t('objects.loaded', { n: number(rows.length) }) : t('objects.count', { count: rows.length })}
        </span>
        {failed ? (
          <Button size="compact-xs" variant="default" onClick={() => onMore()}>
            {t('objects.moreFailed')}
          </Button>
        ) : null}
      </div>
    </>
  );
}
