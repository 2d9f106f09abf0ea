import { Breadcrumbs, Button, Text } from '@mantine/core';
import { IconSettings } from '@tabler/icons-react';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useMemo, useReducer, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { type DetailsTab, paths } from '../../routes/paths.ts';
import type { Entry } from '../../s3/types.ts';
import { useTitle } from '../../shell/useTitle.ts';
import { PageHeader } from '../../ui/Section.tsx';
import classes from './BucketPage.module.css';
import { DropZone } from './DropZone.tsx';
import { ListArea } from './ListArea.tsx';
import { crumbs, objectsChanged, objectsQuery } from './listing.ts';
import { nothing, type Step, step } from './selection.ts';
import { Toolbar } from './Toolbar.tsx';

const Details = lazy(() => import('./Details.tsx').then(m => ({ default: m.Details })));
const DeletedFiles = lazy(() => import('./DeletedFiles.tsx').then(m => ({ default: m.DeletedFiles })));
const DeleteDialog = lazy(() => import('./DeleteDialog.tsx').then(m => ({ default: m.DeleteDialog })));
const FolderDialog = lazy(() => import('./FolderDialog.tsx').then(m => ({ default: m.FolderDialog })));

/** Inside a bucket: folders and objects, and everything that is done with them. The open folder is in the address. */
export function BucketPage() {
  const t = useT();
  const { bucket } = useParams({ from: '/shell/storage/object-storage/$bucket' });
  const {
    prefix = '',
    find = '',
    object,
    show = 'facts',
    deleted,
  } = useSearch({ from: '/shell/storage/object-storage/$bucket' });
  const navigate = useNavigate();
  const client = useQueryClient();
  const query = useInfiniteQuery(objectsQuery(bucket, prefix, find));
  const rows = useMemo(() => query.data?.pages.flatMap(page => page.entries) ?? [], [query.data]);
  const keys = useMemo(() => rows.map(row => row.key), [rows]);
  const [selection, change] = useReducer((state: typeof nothing, next: Step) => step(state, keys, next), nothing);
  const [dialog, setDialog] = useState<'folder' | Entry[] | null>(null);
  useTitle(bucket);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another folder begins with nothing chosen
  useEffect(() => change({ act: 'clear' }), [bucket, prefix, find]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows that are gone are chosen no more
  useEffect(() => change({ act: 'keep' }), [keys]);

  const chosen = rows.filter(row => selection.chosen.has(row.key));
  const place = { prefix: prefix || undefined, find: find || undefined };
  const showDetails = (key: string | undefined, tab?: DetailsTab) =>
    navigate({
      to: paths.bucket,
      params: { bucket },
      search: { ...place, object: key, show: tab === 'facts' ? undefined : tab },
      replace: tab !== undefined,
    });
  const showDeleted = (open: boolean) =>
    navigate({ to: paths.bucket, params: { bucket }, search: { ...place, deleted: open || undefined } });
  const openRow = (row: Entry) =>
    row.kind === 'folder'
      ? navigate({ to: paths.bucket, params: { bucket }, search: { prefix: row.key } })
      : showDetails(row.key);

  return (
    <>
      <Trail bucket={bucket} prefix={prefix} />
      <PageHeader
        title={prefix ? (crumbs(prefix).at(-1)?.name ?? bucket) : bucket}
        action={
          <Button
            variant="default"
            leftSection={<IconSettings size={18} aria-hidden />}
            renderRoot={props => <Link to={paths.bucketSettings} params={{ bucket }} {...props} />}
          >
            {t('set.open')}
          </Button>
        }
      />
      <DropZone bucket={bucket} folder={prefix} className={classes.card}>
        <Toolbar
          bucket={bucket}
          folder={prefix}
          find={find}
          chosen={chosen}
          busy={query.isFetching}
          onReload={() => void objectsChanged(client, bucket)}
          onFolder={() => setDialog('folder')}
          onDelete={() => setDialog(chosen)}
          onDeleted={() => showDeleted(true)}
          onClear={() => change({ act: 'clear' })}
        />
        <ListArea
          bucket={bucket}
          folder={prefix}
          find={find}
          query={query}
          rows={rows}
          selection={selection}
          change={change}
          onOpen={openRow}
          onDelete={entries => setDialog(entries)}
        />
      </DropZone>
      {rows.length > 0 && (
        <Text size="xs" c="dimmed" mt="xs" className={classes.keys}>
          {t('objects.keys')}
        </Text>
      )}
      <Suspense>
        {object !== undefined && (
          <Details
            bucket={bucket}
            objectKey={object}
            tab={show}
            onTab={tab => showDetails(object, tab)}
            onClose={() => showDetails(undefined)}
            onDelete={entry => {
              void showDetails(undefined);
              setDialog([entry]);
            }}
          />
        )}
        {deleted && <DeletedFiles bucket={bucket} folder={prefix} onClose={() => showDeleted(false)} />}
        {dialog === 'folder' && <FolderDialog bucket={bucket} folder={prefix} onClose={() => setDialog(null)} />}
        {Array.isArray(dialog) && dialog.length > 0 && (
          <DeleteDialog bucket={bucket} entries={dialog} onClose={() => setDialog(null)} />
        )}
      </Suspense>
    </>
  );
}

/** Where one is: each part leads back. */
function Trail({ bucket, prefix }: { bucket: string; prefix: string }) {
  const t = useT();
  const folders = crumbs(prefix);
  return (
    <nav aria-label={t('objects.trail')} className={classes.trail}>
      <Breadcrumbs>
        <Link to={paths.objectStorage} className={classes.crumb}>
          {t('shell.objectStorage')}
        </Link>
        <Link
          to={paths.bucket}
          params={{ bucket }}
          className={classes.crumb}
          activeOptions={{ exact: true, includeSearch: true }}
        >
          {bucket}
        </Link>
        {folders.map(folder => (
          <Link
            key={folder.prefix}
            to={paths.bucket}
            params={{ bucket }}
            search={{ prefix: folder.prefix }}
            className={classes.crumb}
            activeOptions={{ exact: true, includeSearch: true }}
          >
            {folder.name}
          </Link>
        ))}
      </Breadcrumbs>
    </nav>
  );
}
