import { ActionIcon, Button, CloseButton, Menu, Text, TextInput, Tooltip } from '@mantine/core';
import {
  IconChevronDown,
  IconDownload,
  IconFile,
  IconFolderPlus,
  IconFolderUp,
  IconHistory,
  IconRefresh,
  IconSearch,
  IconTrash,
  IconUpload,
  IconX,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import type { Entry } from '../../s3/types.ts';
import { versioningQuery } from '../settings/settings.ts';
import { transfers } from '../transfers/store.ts';
import { useObjectActions } from './actions.ts';
import classes from './BucketPage.module.css';
import { fromInput } from './picked.ts';

interface Props {
  bucket: string;
  folder: string;
  find: string;
  chosen: Entry[];
  busy: boolean;
  onReload: () => void;
  onFolder: () => void;
  onDelete: () => void;
  onClear: () => void;
  /** Opens the list of what was deleted. */
  onDeleted: () => void;
}

/** What can be done here, or with what is chosen. */
export function Toolbar(props: Props) {
  return props.chosen.length > 0 ? <ChosenBar {...props} /> : <PlainBar {...props} />;
}

function ChosenBar({ bucket, chosen, onDelete, onClear }: Props) {
  const t = useT();
  const { download, downloadZip } = useObjectActions(bucket);
  const only = chosen.length === 1 && chosen[0]?.kind === 'object' ? chosen[0] : null;
  return (
    <div className={classes.toolbar} data-chosen>
      <Text fw={600} size="sm" aria-live="polite">
        {t('objects.chosen', { count: chosen.length })}
      </Text>
      <Button
        variant="default"
        leftSection={<IconDownload size={18} aria-hidden />}
        onClick={() => (only ? download(only.key) : downloadZip(chosen))}
      >
        {only ? t('objects.download') : t('objects.downloadZip')}
      </Button>
      <Button color="red.8" leftSection={<IconTrash size={18} aria-hidden />} onClick={onDelete}>
        {t('ui.delete')}
      </Button>
      <Button variant="subtle" leftSection={<IconX size={18} aria-hidden />} onClick={onClear}>
        {t('objects.clearChoice')}
      </Button>
    </div>
  );
}

function PlainBar({ bucket, folder, find, busy, onReload, onFolder, onDeleted }: Props) {
  const t = useT();
  const { data: versioning } = useQuery({ ...versioningQuery(bucket), retry: false, staleTime: 60_000 });
  return (
    <div className={classes.toolbar}>
      <UploadButton bucket={bucket} folder={folder} />
      <Button variant="default" leftSection={<IconFolderPlus size={18} aria-hidden />} onClick={onFolder}>
        {t('objects.createFolder')}
      </Button>
      {(versioning === 'on' || versioning === 'suspended') && (
        <Button variant="default" leftSection={<IconHistory size={18} aria-hidden />} onClick={onDeleted}>
          {t('objects.deletedFiles')}
        </Button>
      )}
      <Tooltip label={t('ui.reload')}>
        <ActionIcon variant="default" size={36} aria-label={t('ui.reload')} loading={busy} onClick={onReload}>
          <IconRefresh size={18} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <FindField key={`${bucket}/${folder}`} bucket={bucket} folder={folder} find={find} />
    </div>
  );
}

function UploadButton({ bucket, folder }: { bucket: string; folder: string }) {
  const t = useT();
  const files = useRef<HTMLInputElement>(null);
  const directory = useRef<HTMLInputElement>(null);
  const take = (input: HTMLInputElement) => {
    transfers.add(bucket, folder, fromInput(input.files));
    input.value = '';
  };
  return (
    <>
      <Menu position="bottom-start">
        <Menu.Target>
          <Button
            leftSection={<IconUpload size={18} aria-hidden />}
            rightSection={<IconChevronDown size={16} aria-hidden />}
          >
            {t('objects.upload')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconFile size={18} aria-hidden />} onClick={() => files.current?.click()}>
            {t('objects.uploadFiles')}
          </Menu.Item>
          <Menu.Item leftSection={<IconFolderUp size={18} aria-hidden />} onClick={() => directory.current?.click()}>
            {t('objects.uploadFolder')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        data-upload="files"
        aria-label={t('objects.uploadFiles')}
        onChange={e => take(e.currentTarget)}
      />
      <input
        ref={element => {
          directory.current = element;
          element?.setAttribute('webkitdirectory', '');
        }}
        type="file"
        hidden
        data-upload="folder"
        aria-label={t('objects.uploadFolder')}
        onChange={e => take(e.currentTarget)}
      />
    </>
  );
}

/** Narrows the list on the server to names that begin so; the address keeps it. */
function FindField({ bucket, folder, find }: { bucket: string; folder: string; find: string }) {
  const t = useT();
  const navigate = useNavigate();
  const [text, setText] = useState(find);

  const asked = useRef(find);

  // The address changed by itself (back, "Clear filter"): the field follows.
  useEffect(() => {
    if (find === asked.current) return;
    asked.current = find;
    setText(find);
  }, [find]);

  useEffect(() => {
    if (text === asked.current) return;
    const timer = setTimeout(() => {
      asked.current = text;
      void navigate({
        to: paths.bucket,
        params: { bucket },
        search: { prefix: folder || undefined, find: text || undefined },
        replace: true,
      });
    }, 250);
    return () => clearTimeout(timer);
  }, [text, folder, bucket, navigate]);

  return (
    <TextInput
      type="search"
      className={classes.find}
      aria-label={t('objects.find')}
      placeholder={t('objects.find')}
      value={text}
      onChange={event => setText(event.currentTarget.value)}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={text && <CloseButton size="sm" aria-label={t('objects.findClear')} onClick={() => setText('')} />}
      autoComplete="off"
      spellCheck={false}
    />
  );
}
