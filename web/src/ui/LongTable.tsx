import { Table, Text } from '@mantine/core';
import { defaultRangeExtractor, type Range, useWindowVirtualizer } from '@tanstack/react-virtual';
import {
  type FocusEvent,
  Fragment,
  type KeyboardEvent,
  type ReactNode,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { flushSync } from 'react-dom';
import { useT } from '../i18n/index.tsx';
import classes from './LongTable.module.css';

interface Props<T> {
  rows: T[];
  keyOf: (row: T) => string | number;
  /** The heads of the columns. */
  head: ReactNode;
  /** The cells of a row; one of them holds something that takes the focus. */
  cells: (row: T) => ReactNode;
  className?: string;
}

/** Rows of a table that exist all at once. */
const shortRows = 100;
/** Pixels that a row is thought to have until it is measured. */
const likelyHeight = 66;
const reachable = 'a[href], button, input';

/**
 * A table of any length in the flow of the page. Of a long one only the rows in sight exist, and those of the focus; the arrow, Page,
 * Home and End keys move the focus from row to row.
 */
export function LongTable<T>(props: Props<T>) {
  return props.rows.length > shortRows ? <Long {...props} /> : <Short {...props} />;
}

/** Says that a list is longer than what was read of it. */
export function CutNote({ cut, read }: { cut: boolean | undefined; read: number }) {
  const t = useT();
  return cut ? (
    <Text size="sm" mt="sm" role="status">
      {t('ui.listCut', { n: read })}
    </Text>
  ) : null;
}

function Short<T>({ rows, keyOf, head, cells, className }: Props<T>) {
  return (
    <Table verticalSpacing="sm" className={className}>
      <Table.Thead>
        <Table.Tr>{head}</Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(row => (
          <Table.Tr key={keyOf(row)}>{cells(row)}</Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Long<T>({ rows, keyOf, head, cells, className }: Props<T>) {
  const t = useT();
  const hint = useId();
  const body = useRef<HTMLTableSectionElement>(null);
  const [top, setTop] = useState(0);
  const [held, setHeld] = useState(-1);
  const virtual = useWindowVirtualizer<HTMLTableRowElement>({
    count: rows.length,
    estimateSize: () => likelyHeight,
    // A row in a page that is not displayed has no height.
    measureElement: row => row.getBoundingClientRect().height || likelyHeight,
    getItemKey: index => keyOf(rows[index] as T),
    overscan: 10,
    scrollMargin: top,
    rangeExtractor: range => withHeld(range, held),
  });
  // What stands above the table changes without it.
  useLayoutEffect(() => {
    const now = body.current ? Math.round(body.current.getBoundingClientRect().top + window.scrollY) : 0;
    if (now !== top) setTop(now);
  });

  function onFocus(event: FocusEvent) {
    const at = indexOf(event.target);
    if (at >= 0) setHeld(at);
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const from = indexOf(event.target);
    if (from < 0 || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
    const to = target(event.key, from, rows.length - 1);
    if (to === undefined) return;
    event.preventDefault();
    flushSync(() => setHeld(to));
    moveFocus(event.target as Element, body.current?.querySelector(`[data-index="${to}"]`));
  }

  const items = virtual.getVirtualItems();
  const end = virtual.getTotalSize() + top;
  return (
    <>
      <span id={hint} className="coffer-offscreen">
        {t('ui.rowKeys')}
      </span>
      <Table
        verticalSpacing="sm"
        className={`${classes.long} ${className ?? ''}`}
        aria-rowcount={rows.length + 1}
        aria-describedby={hint}
        data-long
      >
        <Table.Thead>
          <Table.Tr aria-rowindex={1}>{head}</Table.Tr>
        </Table.Thead>
        <Table.Tbody ref={body} onKeyDown={onKeyDown} onFocus={onFocus}>
          {items.map((item, place) => (
            <Fragment key={item.key}>
              <Gap pixels={item.start - (items[place - 1]?.end ?? top)} />
              <Table.Tr ref={virtual.measureElement} data-index={item.index} aria-rowindex={item.index + 2}>
                {cells(rows[item.index] as T)}
              </Table.Tr>
            </Fragment>
          ))}
          <Gap pixels={end - (items.at(-1)?.end ?? top)} />
        </Table.Tbody>
      </Table>
    </>
  );
}

/** Stands where rows are that do not exist at present. */
function Gap({ pixels }: { pixels: number }) {
  return pixels < 1 ? null : (
    <tr aria-hidden className={classes.gap}>
      <td style={{ height: pixels }} />
    </tr>
  );
}

/** Returns the rows in sight with that of the focus and its neighbours, to which the Tab key leads. */
function withHeld(range: Range, held: number): number[] {
  const near = held < 0 ? [] : [held - 1, held, held + 1].filter(index => index >= 0 && index < range.count);
  return [...new Set([...defaultRangeExtractor(range), ...near])].sort((a, b) => a - b);
}

/** Returns the row in which an element is; -1 for what is elsewhere, as a menu of a row. */
function indexOf(element: EventTarget): number {
  const row = element instanceof Element ? element.closest('tr[data-index]') : null;
  return Number(row?.getAttribute('data-index') ?? -1);
}

/** Returns the row to which a key leads, or nothing where it leads to none. */
function target(key: string, from: number, last: number): number | undefined {
  const page = Math.max(1, Math.floor(window.innerHeight / likelyHeight) - 3);
  const to: Record<string, number> = {
    ArrowDown: from + 1,
    ArrowUp: from - 1,
    PageDown: from + page,
    PageUp: from - page,
    Home: 0,
    End: last,
  };
  return to[key] === undefined ? undefined : Math.min(Math.max(to[key], 0), last);
}

/** Focuses in another row what corresponds to an element; counted from the end, where all rows of a table are alike. */
function moveFocus(from: Element, row: Element | null | undefined): void {
  const here = [...(from.closest('tr')?.querySelectorAll(reachable) ?? [])];
  const there = [...(row?.querySelectorAll<HTMLElement>(reachable) ?? [])];
  const next = there.at(here.indexOf(from) - here.length) ?? there[0];
  next?.focus();
  // The rows that came into sight with it push it away once they are measured, which takes a frame.
  const show = () => next === document.activeElement && next?.scrollIntoView({ block: 'nearest' });
  requestAnimationFrame(() => requestAnimationFrame(show));
}
