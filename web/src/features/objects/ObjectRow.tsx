import { ActionIcon, Checkbox, Menu } from '@mantine/core';
import {
  IconDotsVertical,
  IconDownload,
  IconFile,
  IconFolderFilled,
  IconInfoCircle,
  IconLink,
  IconTrash,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { useI18n } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import type { Entry } from '../../s3/types.ts';
import { useObjectActions } from './actions.ts';
import classes from './ObjectGrid.module.css';
import type { Step } from './selection.ts';

interface Props {
  id: string;
  bucket: string;
  row: Entry;
  index: number;
  top: number;
  active: boolean;
  chosen: boolean;
  change: (step: Step) => void;
  onOpen: (row: Entry) => void;
  onDelete: (rows: Entry[]) => void;
  focusList: () => void;
}

/** One row of the list. What it holds can be reached by mouse and touch; the keyboard acts through the list itself. */
export const ObjectRow = memo(function ObjectRow(props: Props) {
  const { id, bucket, row, index, top, active, chosen, change, onOpen, onDelete, focusList } = props;
  const { t, bytes, dateTime } = useI18n();
  const { download, downloadZip, copyLink } = useObjectActions(bucket);
  const folder = row.kind === 'folder';
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list handles the keys
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={chosen}
      data-active={active || undefined}
      data-chosen={chosen || undefined}
      className={classes.row}
      style={{ transform: `translateY(${top}px)` }}
      onClick={event => {
        if (event.defaultPrevented || (event.target as Element).closest('a, button, input, [role=menu]')) return;
        if (event.shiftKey) change({ act: 'range', to: index });
        else if (event.ctrlKey || event.metaKey) change({ act: 'toggle', at: index });
        else change({ act: 'move', to: index, extend: false });
        focusList();
      }}
      onDoubleClick={() => onOpen(row)}
    >
      <div role="gridcell" className={classes.check} tabIndex={-1}>
        <Checkbox
          size="sm"
          tabIndex={-1}
          aria-label={t('objects.choose', { name: row.name })}
          checked={chosen}
          onChange={event => {
            const { shiftKey } = event.nativeEvent as MouseEvent;
            change(shiftKey ? { act: 'range', to: index } : { act: 'toggle', at: index });
          }}
        />
      </div>
      <div role="gridcell" className={classes.name} tabIndex={-1}>
        <span className={folder ? classes.folder : classes.file} aria-hidden>
          {folder ? <IconFolderFilled size={20} /> : <IconFile size={20} />}
        </span>
        <Link
          to={paths.bucket}
          params={{ bucket }}
          search={folder ? { prefix: row.key } : previous => ({ ...previous, object: row.key })}
          tabIndex={-1}
          className={classes.link}
          title={row.name}
        >
          {row.name}
        </Link>
      </div>
      <div role="gridcell" className={classes.size} tabIndex={-1}>
        {folder ? '–' : bytes(row.size)}
      </div>
      <div role="gridcell" className={classes.modified} tabIndex={-1}>
        {folder ? '–' : dateTime(row.modified)}
      </div>
      <div role="gridcell" className={classes.actions} tabIndex={-1}>
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon
              variant="subtle"
              color="gray"
              tabIndex={-1}
              aria-label={t('objects.actionsOf', { name: row.name })}
            >
              <IconDotsVertical size={18} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {folder ? (
              <Menu.Item leftSection={<IconDownload size={18} aria-hidden />} onClick={() => downloadZip([row])}>
                {t('objects.downloadZip')}
              </Menu.Item>
            ) : (
              <>
                <Menu.Item leftSection={<IconDownload size={18} aria-hidden />} onClick={() => download(row.key)}>
                  {t('objects.download')}
                </Menu.Item>
                <Menu.Item leftSection={<IconLink size={18} aria-hidden />} onClick={() => copyLink(row.key)}>
                  {t('objects.copyLink')}
                </Menu.Item>
                <Menu.Item leftSection={<IconInfoCircle size={18} aria-hidden />} onClick={() => onOpen(row)}>
                  {t('objects.details')}
                </Menu.Item>
              </>
            )}
            <Menu.Item leftSection={<IconTrash size={18} aria-hidden />} onClick={() => onDelete([row])}>
              {t('ui.delete')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
    </div>
  );
});
