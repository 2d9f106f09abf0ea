import { Badge, Button, Checkbox, Group, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { asFailure } from '../../api/failure.ts';
import { useI18n } from '../../i18n/index.tsx';
import { downloadLink } from '../../s3/client.ts';
import type { Version } from '../../s3/types.ts';
import { deleteVersion, history, restoreVersion } from '../../s3/versions.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { followLink } from '../../ui/download.ts';
import { explain, FailureState, Loading } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { lockQuery, versioningQuery } from '../settings/settings.ts';
import classes from './details.module.css';
import { objectsChanged } from './listing.ts';

interface Props {
  bucket: string;
  objectKey: string;
}

/** The history of an object, newest first: what can be brought back, and what can be deleted for good. */
export function Versions({ bucket, objectKey }: Props) {
  const { t } = useI18n();
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ['objects', bucket, 'history', objectKey],
    queryFn: ({ signal }) => history(bucket, objectKey, signal),
  });
  const { data: versioning } = useQuery({ ...versioningQuery(bucket), retry: false });
  const [deleting, setDeleting] = useState<Version | null>(null);
  const [busy, setBusy] = useState(false);

  async function act(work: () => Promise<void>, done: string) {
    setBusy(true);
    try {
      await work();
      await objectsChanged(client, bucket);
      toast({ kind: 'done', title: done });
    } catch (caught) {
      toast({ kind: 'failed', ...explain(t, asFailure(caught)) });
    } finally {
      setBusy(false);
    }
  }
  const restore = (version: Version) =>
    act(
      () =>
        version.kind === 'marker'
          ? deleteVersion(bucket, objectKey, version.versionId)
          : restoreVersion(bucket, objectKey, version.versionId),
      t('objects.restored'),
    );
  const download = (version: Version) =>
    downloadLink(bucket, objectKey, version.versionId).then(followLink, caught =>
      toast({ kind: 'failed', ...explain(t, asFailure(caught)) }),
    );

  if (error) return <FailureState error={error} onRetry={refetch} deniedHint={t('objects.denied')} />;
  if (!data) return <Loading />;
  return (
    <>
      <Text size="sm" c="dimmed" mb="sm">
        {versioning === 'off' ? t('objects.versionsOff') : t('objects.versionsHint', { count: data.length })}
      </Text>
      <ol className={classes.history}>
        {data.map(version => (
          <VersionRow
            key={version.versionId}
            version={version}
            busy={busy}
            onDownload={() => download(version)}
            onRestore={() => restore(version)}
            onDelete={() => setDeleting(version)}
          />
        ))}
      </ol>
      {deleting && (
        <DeleteVersionDialog
          key={deleting.versionId}
          bucket={bucket}
          version={deleting}
          onDeleted={() => objectsChanged(client, bucket)}
          onClose={() => setDeleting(null)}
        />
      )}
    </>
  );
}

interface RowProps {
  version: Version;
  busy: boolean;
  onDownload: () => void;
  onRestore: () => void;
  onDelete: () => void;
}

function VersionRow({ version, busy, onDownload, onRestore, onDelete }: RowProps) {
  const { t, dateTime, bytes } = useI18n();
  const marker = version.kind === 'marker';
  const when = dateTime(version.modified);
  const of = <span className="coffer-offscreen"> {when}</span>;
  return (
    <li data-latest={version.latest || undefined} data-marker={marker || undefined}>
      <div className={classes.when}>
        <Group gap="xs">
          <Text size="sm" fw={600}>
            {when}
          </Text>
          {version.latest && !marker && <Badge color="tide">{t('objects.versionLatest')}</Badge>}
          {marker && <Badge color="red">{t('objects.versionMarker')}</Badge>}
          {!marker && (
            <Text size="sm" c="dimmed">
              {bytes(version.size)}
            </Text>
          )}
        </Group>
        <div className={classes.id}>{version.versionId === 'null' ? t('objects.versionNull') : version.versionId}</div>
      </div>
      <Group gap="xs">
        {!marker && (
          <Button size="compact-sm" variant="default" onClick={onDownload}>
            {t('objects.download')}
            {of}
          </Button>
        )}
        {version.latest === marker && (
          <Button size="compact-sm" variant="light" disabled={busy} onClick={onRestore}>
            {t('objects.restore')}
            {of}
          </Button>
        )}
        <Button size="compact-sm" variant="default" onClick={onDelete}>
          {t('ui.delete')}
          {of}
        </Button>
      </Group>
    </li>
  );
}

interface DialogProps {
  bucket: string;
  version: Version;
  onDeleted: () => Promise<unknown>;
  onClose: () => void;
}

function DeleteVersionDialog({ bucket, version, onDeleted, onClose }: DialogProps) {
  const { t, dateTime, bytes } = useI18n();
  const { data: lock } = useQuery({ ...lockQuery(bucket), retry: false });
  const [bypass, setBypass] = useState(false);
  const marker = version.kind === 'marker';
  return (
    <ConfirmDialog
      title={marker ? t('objects.markerDelete') : t('objects.versionDelete')}
      confirm={t('ui.delete')}
      danger
      onConfirm={async () => {
        await deleteVersion(bucket, version.key, version.versionId, bypass);
        await onDeleted();
        toast({ kind: 'done', title: t('objects.versionDeleted') });
      }}
      onClose={onClose}
    >
      <Text size="sm">
        {marker
          ? t('objects.markerDeleteText')
          : t('objects.versionDeleteText', { when: dateTime(version.modified), size: bytes(version.size) })}
      </Text>
      {lock?.enabled && !marker && (
        <Checkbox
          label={t('objects.bypass')}
          description={t('objects.bypassHint')}
          checked={bypass}
          onChange={event => setBypass(event.currentTarget.checked)}
        />
      )}
    </ConfirmDialog>
  );
}
