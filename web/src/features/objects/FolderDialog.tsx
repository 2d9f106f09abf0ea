import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Failure } from '../../api/failure.ts';
import { useT } from '../../i18n/index.tsx';
import { createFolder } from '../../s3/client.ts';
import { FailureAlert } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { folderFault, objectsChanged } from './listing.ts';

/** Makes a folder: an empty object whose name ends with a slash. */
export function FolderDialog({ bucket, folder, onClose }: { bucket: string; folder: string; onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [tried, setTried] = useState(false);
  const [taken, setTaken] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const fault = folderFault(folder, name);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (fault || busy) return;
    setBusy(true);
    setError(null);
    try {
      await createFolder(bucket, `${folder}${name}/`);
      await objectsChanged(client, bucket);
      toast({ kind: 'done', title: t('objects.folderMade', { name }) });
      onClose();
    } catch (caught) {
      if (caught instanceof Failure && caught.kind === 'precondition') setTaken(true);
      else setError(caught);
      setBusy(false);
    }
  }

  const message = taken ? t('objects.folderTaken') : tried && fault ? t(`objects.folderFault.${fault}`) : undefined;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('objects.createFolder')}
      closeButtonProps={{ 'aria-label': t('ui.close') }}
    >
      <form onSubmit={submit} noValidate>
        <Stack>
          <TextInput
            label={t('objects.folderName')}
            description={t('objects.folderHint')}
            value={name}
            onChange={event => {
              setName(event.currentTarget.value);
              setTaken(false);
            }}
            error={message}
            autoComplete="off"
            data-autofocus
          />
          <FailureAlert error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={busy}>
              {t('objects.createFolder')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
