import { Button, Drawer, Group, Stack, Text, Title } from '@mantine/core';
import { IconDownload, IconLink, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useI18n } from '../../i18n/index.tsx';
import { headObject } from '../../s3/client.ts';
import type { Entry, ObjectFacts } from '../../s3/types.ts';
import { CopyField, Field, FieldList } from '../../ui/Field.tsx';
import { FailureState, Loading } from '../../ui/States.tsx';
import { useObjectActions } from './actions.ts';

interface Props {
  bucket: string;
  objectKey: string;
  onClose: () => void;
  onDelete: (entry: Entry) => void;
}

/** Everything the server tells of one object. */
export function Details({ bucket, objectKey, onClose, onDelete }: Props) {
  const { t } = useI18n();
  const { download, copyLink } = useObjectActions(bucket);
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
              leftSection={<IconLink size={18} aria-hidden />}
              onClick={() => copyLink(objectKey)}
            >
              {t('objects.copyLink')}
            </Button>
            <Button variant="default" leftSection={<IconTrash size={18} aria-hidden />} onClick={remove}>
              {t('ui.delete')}
            </Button>
          </Group>
          <Text size="sm" c="dimmed">
            {t('objects.linkHint')}
          </Text>
          <Facts bucket={bucket} objectKey={objectKey} facts={data} />
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
