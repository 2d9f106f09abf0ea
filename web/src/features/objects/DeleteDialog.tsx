import { Button, Group, Loader, Modal, Progress, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { asFailure } from '../../api/failure.ts';
import { useI18n } from '../../i18n/index.tsx';
import type { DeleteError, Entry } from '../../s3/types.ts';
import { explain, FailureAlert } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { versioningQuery } from '../settings/settings.ts';
import { type Marker, measure, removeAll, undelete } from './deletion.ts';
import { objectsChanged } from './listing.ts';

interface Props {
  bucket: string;
  entries: Entry[];
  onClose: () => void;
}

/** Says how much will be deleted, deletes it with progress, and lists what was refused. */
export function DeleteDialog({ bucket, entries, onClose }: Props) {
  const { t, number, bytes } = useI18n();
  const client = useQueryClient();
  const control = useRef(new AbortController());
  const [deleted, setDeleted] = useState<number | null>(null);
  const [refused, setRefused] = useState<DeleteError[]>([]);
  const [error, setError] = useState<unknown>(null);
  const folders = entries.filter(entry => entry.kind === 'folder').length;
  const { data: extent, error: countError } = useQuery({
    queryKey: ['extent', bucket, entries.map(entry => entry.key)],
    queryFn: ({ signal }) => measure(bucket, entries, signal),
    gcTime: 0,
    staleTime: 0,
  });
  const { data: versioning } = useQuery({ ...versioningQuery(bucket), retry: false });
  const background = useRef(false);
  useEffect(() => {
    const current = control.current;
    return () => {
      if (!background.current) current.abort();
    };
  }, []);

  async function undo(markers: Marker[]) {
    try {
      const errors = await undelete(bucket, markers);
      const count = markers.length - errors.length;
      await objectsChanged(client, bucket);
      if (errors.length === 0) toast({ kind: 'done', title: t('objects.undone', { count }) });
      else
        toast({
          kind: 'failed',
          title: t('objects.undone', { count }),
          text: errors[0]?.message,
        });
    } catch (caught) {
      toast({ kind: 'failed', ...explain(t, asFailure(caught)) });
    }
  }

  async function remove() {
    setError(null);
    setRefused([]);
    setDeleted(0);
    let count = 0;
    try {
      const { errors, markers } = await removeAll(
        bucket,
        entries,
        n => {
          count = n;
          setDeleted(n);
        },
        control.current.signal,
      );
      await objectsChanged(client, bucket);
      const action = markers.length > 0 ? { label: t('objects.undo'), run: () => void undo(markers) } : undefined;
      if (errors.length > 0 && !background.current) {
        setRefused(errors);
        setDeleted(null);
        if (count > 0) toast({ kind: 'done', title: t('objects.deleted', { count }), action });
        return;
      }
      toast({
        kind: errors.length > 0 ? 'failed' : 'done',
        title: t('objects.deleted', { count }),
        text: errors.length > 0 ? t('objects.refused', { count: errors.length }) : undefined,
        action,
      });
      if (!background.current) onClose();
    } catch (caught) {
      if (control.current.signal.aborted) return;
      if (background.current) toast({ kind: 'failed', ...explain(t, asFailure(caught)) });
      setError(caught);
      setDeleted(null);
      void objectsChanged(client, bucket);
    }
  }

  const working = deleted !== null;
  const only = entries.length === 1 ? entries[0] : undefined;
  const title = only ? t('objects.deleteOne', { name: only.name }) : t('objects.deleteMany', { count: entries.length });
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('ui.close') }}>
      <Stack>
        {!extent && !countError && (
          <Group gap="xs">
            <Loader size="sm" />
            <Text size="sm">{t('objects.counting')}</Text>
          </Group>
        )}
        {extent && (
          <Text size="sm">
            {extent.more
              ? t('objects.deletesMore', { n: number(extent.objects), size: bytes(extent.bytes) })
              : t('objects.deletes', { count: extent.objects, size: bytes(extent.bytes) })}
            {folders > 0 && ` ${t('objects.deletesFolders')}`}{' '}
            {versioning === 'on' ? t('objects.deleteUndoable') : t('objects.deleteForGood')}
          </Text>
        )}
        {working && extent && (
          <Progress
            value={extent.objects ? Math.min(100, (deleted / extent.objects) * 100) : 0}
            animated
            aria-label={t('objects.deleteProgress')}
          />
        )}
        {refused.length > 0 && (
          <div role="alert">
            <Text size="sm" fw={600}>
              {t('objects.refused', { count: refused.length })}
            </Text>
            {refused.slice(0, 5).map(one => (
              <Text key={one.key} size="sm" style={{ overflowWrap: 'anywhere' }}>
                {one.key}: {one.message || one.code}
              </Text>
            ))}
          </div>
        )}
        <FailureAlert error={error ?? countError} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {working ? t('objects.stop') : t('ui.cancel')}
          </Button>
          {working && (
            <Button
              variant="default"
              onClick={() => {
                background.current = true;
                onClose();
              }}
            >
              {t('objects.inBackground')}
            </Button>
          )}
          <Button color="red.8" loading={working} disabled={!extent && !countError} onClick={remove}>
            {t('ui.delete')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
