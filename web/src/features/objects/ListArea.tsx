import { Button } from '@mantine/core';
import { IconBucketOff, IconFilterOff, IconFolderOpen } from '@tabler/icons-react';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { asFailure } from '../../api/failure.ts';
import { useI18n } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import type { Entry, Page } from '../../s3/types.ts';
import { EmptyState, FailureState, Loading } from '../../ui/States.tsx';
import { ObjectGrid } from './ObjectGrid.tsx';
import type { Selection, Step } from './selection.ts';

interface Props {
  bucket: string;
  folder: string;
  find: string;
  query: UseInfiniteQueryResult<InfiniteData<Page>>;
  rows: Entry[];
  selection: Selection;
  change: (step: Step) => void;
  onOpen: (row: Entry) => void;
  onDelete: (rows: Entry[]) => void;
}

/** The list, or why there is none: loading, failed, forbidden, gone, filtered out and empty look different. */
export function ListArea({ bucket, folder, find, query, rows, selection, change, onOpen, onDelete }: Props) {
  const { t } = useI18n();
  const navigate = useNavigate();
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = query;

  if (error && !data) {
    if (asFailure(error).code === 'NoSuchBucket') {
      return (
        <EmptyState
          icon={<IconBucketOff size={28} />}
          title={t('objects.noBucket', { name: bucket })}
          actions={
            <Button variant="default" renderRoot={props => <Link to={paths.objectStorage} {...props} />}>
              {t('shell.toObjectStorage')}
            </Button>
          }
        >
          {t('objects.noBucketText')}
        </EmptyState>
      );
    }
    return <FailureState error={error} onRetry={refetch} deniedHint={t('objects.denied')} />;
  }
  if (!data) return <Loading />;
  if (rows.length === 0 && !hasNextPage) {
    if (find) {
      const clear = () =>
        navigate({ to: paths.bucket, params: { bucket }, search: { prefix: folder || undefined }, replace: true });
      return (
        <EmptyState
          icon={<IconFilterOff size={28} />}
          title={t('objects.noneFound', { find })}
          actions={
            <Button variant="default" onClick={clear}>
              {t('objects.findClear')}
            </Button>
          }
        >
          {t('objects.noneFoundText')}
        </EmptyState>
      );
    }
    return (
      <EmptyState
        icon={<IconFolderOpen size={28} />}
        title={folder ? t('objects.emptyFolder') : t('objects.emptyBucket')}
      >
        {t('objects.emptyText')}
      </EmptyState>
    );
  }
  return (
    <ObjectGrid
      label={t('objects.listOf', { name: `${bucket}/${folder}` })}
      bucket={bucket}
      rows={rows}
      more={hasNextPage}
      loadingMore={isFetchingNextPage}
      failed={error && data ? error : null}
      onMore={fetchNextPage}
      selection={selection}
      change={change}
      onOpen={onOpen}
      onDelete={onDelete}
    />
  );
}
