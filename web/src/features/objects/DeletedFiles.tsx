import { Button, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { IconTrashOff } from '@tabler/icons-react';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useI18n } from '../../i18n/index.tsx';
import { listVersions, type VersionPage } from '../../s3/versions.ts';
import { EmptyState, FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { undelete } from './deletion.ts';
import { objectsChanged } from './listing.ts';

interface Props {
  bucket: string;
  folder: string;
  onClose: () => void;
}

/** What was deleted in a folder and below it, and can be brought back. */
export function DeletedFiles({ bucket, folder, onClose }: Props) {
  const { t, dateTime, number } = useI18n();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const { data, error, refetch, hasNextPage, isFetching, fetchNextPage } = useInfiniteQuery({
    queryKey: ['objects', bucket, 'deleted', folder],
    queryFn: ({ pageParam, signal }) => listVersions({ bucket, prefix: folder, after: pageParam, signal }),
    initialPageParam: null as VersionPage['next'],
    getNextPageParam: page => page.next ?? undefined,
  });
  const markers = data?.pages.flatMap(page => page.versions.filter(one => one.kind === 'marker' && one.latest)) ?? [];

  async function restore(which: typeof markers) {
    setBusy(true);
    setRefused(null);
    try {
      const errors = await undelete(bucket, which);
      await objectsChanged(client, bucket);
      toast({
        kind: errors.length > 0 ? 'failed' : 'done',
        title: t('objects.undone', { count: which.length - errors.length }),
        text: errors[0]?.message,
      });
    } catch (caught) {
      setRefused(caught);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t('objects.deletedFiles')}
      closeButtonProps={{ 'aria-label': t('ui.close') }}
    >
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={t('objects.denied')} />
      ) : !data ? (
        <Loading />
      ) : markers.length === 0 && !hasNextPage ? (
        <EmptyState icon={<IconTrashOff size={28} />} title={t('objects.deletedNone')} compact>
          {t('objects.deletedNoneText')}
        </EmptyState>
      ) : (
        <Stack>
          <Group justify="space-between">
            <Text size="sm">{t('objects.deletedCount', { count: markers.length })}</Text>
            {markers.length > 1 && (
              <Button size="xs" loading={busy} onClick={() => restore(markers)}>
                {t('objects.restoreAll', { n: number(markers.length) })}
              </Button>
            )}
          </Group>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('objects.name')}</Table.Th>
                <Table.Th>{t('objects.deletedAt')}</Table.Th>
                <Table.Th>
                  <span className="coffer-offscreen">{t('ui.actions')}</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {markers.slice(0, 500).map(marker => (
                <Table.Tr key={marker.key}>
                  <Table.Td style={{ overflowWrap: 'anywhere' }}>{marker.key.slice(folder.length)}</Table.Td>
                  <Table.Td>{dateTime(marker.modified)}</Table.Td>
                  <Table.Td ta="end">
                    <Button size="compact-sm" variant="light" disabled={busy} onClick={() => restore([marker])}>
                      {t('objects.restore')}
                      <span className="coffer-offscreen"> {marker.key}</span>
                    </Button>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          {hasNextPage && (
            <Button variant="default" loading={isFetching} onClick={() => fetchNextPage()}>
              {t('objects.deletedMore')}
            </Button>
          )}
          <FailureAlert error={refused} />
        </Stack>
      )}
    </Modal>
  );
}
