import { Button, Drawer, Group, Stack, Tabs, Text, Title } from '@mantine/core';
import { IconDownload, IconShare, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useI18n } from '../../i18n/index.tsx';
import type { DetailsTab } from '../../routes/paths.ts';
import { headObject } from '../../s3/client.ts';
import type { Entry, ObjectFacts } from '../../s3/types.ts';
import { CopyField, Field, FieldList } from '../../ui/Field.tsx';
import { FailureState, Loading } from '../../ui/States.tsx';
import { useObjectActions } from './actions.ts';

const Preview = lazy(() => import('./Preview.tsx').then(m => ({ default: m.Preview })));
const Versions = lazy(() => import('./Versions.tsx').then(m => ({ default: m.Versions })));
const MetadataEditor = lazy(() => import('./MetadataEditor.tsx').then(m => ({ default: m.MetadataEditor })));
const Protection = lazy(() => import('./Protection.tsx').then(m => ({ default: m.Protection })));
const ShareDialog = lazy(() => import('./ShareDialog.tsx').then(m => ({ default: m.ShareDialog })));
const TagsEditor = lazy(() => import('../settings/TagsEditor.tsx').then(m => ({ default: m.TagsEditor })));

const tabs: DetailsTab[] = ['facts', 'preview', 'versions', 'metadata', 'tags', 'protection'];

interface Props {
  bucket: string;
  objectKey: string;
  /** The open tab, which the address keeps. */
  tab: DetailsTab;
  onTab: (tab: DetailsTab) => void;
  onClose: () => void;
  onDelete: (entry: Entry) => void;
}

/** Everything the server tells of one object. */
export function Details({ bucket, objectKey, tab, onTab, onClose, onDelete }: Props) {
  const { t } = useI18n();
  const { download } = useObjectActions(bucket);
  const [sharing, setSharing] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: ['objects', bucket, 'head', objectKey],
    queryFn: ({ signal }) => headObject(bucket, objectKey, signal),
  });
  const name = objectKey.split('/').at(-1) ?? objectKey;
  const remove = () => {
    if (!data) return;
    onDelete({
      kind: 'object',
      key: objectKey,
      name,
      size: data.size,
      modified: data.modified,
      etag: data.etag,
      storageClass: data.storageClass,
    });
  };

  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={
        <Text component="span" fw={650} size="lg" style={{ overflowWrap: 'anywhere' }}>
          {name}
        </Text>
      }
      closeButtonProps={{ 'aria-label': t('ui.close') }}
    >
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={t('objects.denied')} />
      ) : !data ? (
        <Loading />
      ) : (
        <Stack>
          <Group gap="xs">
            <Button leftSection={<IconDownload size={18} aria-hidden />} onClick={() => download(objectKey)}>
              {t('objects.download')}
            </Button>
            <Button
              variant="default"
              leftSection={<IconShare size={18} aria-hidden />}
              onClick={() => setSharing(true)}
            >
              {t('objects.share')}
            </Button>
            <Button variant="default" leftSection={<IconTrash size={18} aria-hidden />} onClick={remove}>
              {t('ui.delete')}
            </Button>
          </Group>
          <Tabs value={tab} keepMounted={false} onChange={value => onTab((value as DetailsTab | null) ?? 'facts')}>
            <Tabs.List mb="md">
              {tabs.map(one => (
                <Tabs.Tab key={one} value={one}>
                  {t(`objects.tab.${one}`)}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Suspense fallback={<Loading />}>
              <Tabs.Panel value="facts">
                <Facts bucket={bucket} objectKey={objectKey} facts={data} />
              </Tabs.Panel>
              <Tabs.Panel value="preview">
                <Preview bucket={bucket} objectKey={objectKey} facts={data} />
              </Tabs.Panel>
              <Tabs.Panel value="versions">
                <Versions bucket={bucket} objectKey={objectKey} />
              </Tabs.Panel>
              <Tabs.Panel value="metadata">
                <MetadataEditor
                  key={`${data.etag} ${data.versionId} ${data.modified}`}
                  bucket={bucket}
                  objectKey={objectKey}
                  facts={data}
                />
              </Tabs.Panel>
              <Tabs.Panel value="tags">
                <TagsEditor bucket={bucket} objectKey={objectKey} />
              </Tabs.Panel>
              <Tabs.Panel value="protection">
                <Protection bucket={bucket} objectKey={objectKey} facts={data} />
              </Tabs.Panel>
            </Suspense>
          </Tabs>
          <Suspense>
            {sharing && <ShareDialog bucket={bucket} objectKey={objectKey} onClose={() => setSharing(false)} />}
          </Suspense>
        </Stack>
      )}
    </Drawer>
  );
}

function Facts({ bucket, objectKey, facts }: { bucket: string; objectKey: string; facts: ObjectFacts }) {
  const { t, bytes, number, dateTime } = useI18n();
  return (
    <>
      <FieldList>
        <CopyField label={t('objects.key')} value={objectKey} />
        <CopyField label="S3 URI" value={`s3://${bucket}/${objectKey}`} />
        <Field label={t('objects.size')}>
          {bytes(facts.size)}
          {facts.size >= 1024 && (
            <Text size="sm" c="dimmed">
              ({t('objects.bytes', { n: number(facts.size) })})
            </Text>
          )}
        </Field>
        <Field label={t('objects.type')}>{facts.contentType || '–'}</Field>
        <Field label={t('objects.modified')}>{dateTime(facts.modified)}</Field>
        <CopyField label="ETag" value={facts.etag} />
        {facts.checksums.map(sum => (
          <CopyField
            key={sum.algorithm}
            label={`${sum.algorithm}${sum.type === 'COMPOSITE' ? ` (${t('objects.composite')})` : ''}`}
            value={sum.value}
          />
        ))}
        {facts.storageClass && <Field label={t('objects.storageClass')}>{facts.storageClass}</Field>}
        {facts.versionId && <CopyField label={t('objects.version')} value={facts.versionId} />}
        {facts.headers.map(([name, value]) => (
          <Field key={name} label={name}>
            {value}
          </Field>
        ))}
      </FieldList>
      <Title order={3}>{t('objects.metadata')}</Title>
      {facts.metadata.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('objects.noMetadata')}
        </Text>
      ) : (
        <FieldList>
          {facts.metadata.map(([name, value]) => (
            <CopyField key={name} label={name} value={value} />
          ))}
        </FieldList>
      )}
    </>
  );
}
