import { Button, Group, Loader, Modal, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useT } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import { deleteBucket, listObjects } from '../../s3/client.ts';
import type { Bucket } from '../../s3/types.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { FailureState } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { bucketsQuery } from './buckets.ts';

/** Deletes an empty bucket; of one that is not empty it says how much is in it and leads there. */
export function DeleteBucketDialog({ bucket, onClose }: { bucket: Bucket; onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { name } = bucket;
  const { data, error, refetch } = useQuery({
    queryKey: ['count', name],
    queryFn: ({ signal }) => listObjects({ bucket: name, folder: '', flat: true, signal }),
    gcTime: 0,
    staleTime: 0,
  });

  if (!data || data.entries.length > 0) {
    const count = data?.entries.length ?? 0;
    return (
      <Modal
        opened
        onClose={onClose}
        title={t('buckets.deleteTitle', { name })}
        closeButtonProps={{ 'aria-label': t('ui.close') }}
      >
        {error ? (
          <FailureState error={error} onRetry={refetch} />
        ) : !data ? (
          <Group>
            <Loader size="sm" />
            <Text size="sm">{t('buckets.counting')}</Text>
          </Group>
        ) : (
          <Stack>
            <Text size="sm">
              {data.next ? t('buckets.notEmptyMany', { n: count }) : t('buckets.notEmpty', { count })}
            </Text>
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t('ui.cancel')}
              </Button>
              <Button
                onClick={() => {
                  onClose();
                  void navigate({ to: paths.bucket, params: { bucket: name } });
                }}
              >
                {t('buckets.open')}
              </Button>
            </Group>
          </Stack>
        )}
      </Modal>
    );
  }

  async function remove() {
    await deleteBucket(name);
    await client.invalidateQueries({ queryKey: bucketsQuery.queryKey });
    toast({ kind: 'done', title: t('buckets.deleted', { name }) });
  }

  return (
    <ConfirmDialog
      title={t('buckets.deleteTitle', { name })}
      confirm={t('ui.delete')}
      danger
      typed={name}
      onConfirm={remove}
      onClose={onClose}
    >
      <Text size="sm">{t('buckets.deleteText')}</Text>
    </ConfirmDialog>
  );
}
