import { Button, Table, Text } from '@mantine/core';
import { IconDownload, IconEyeOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useI18n } from '../../i18n/index.tsx';
import { previewLink, readBeginning } from '../../s3/client.ts';
import type { ObjectFacts } from '../../s3/types.ts';
import { EmptyState, FailureState, Loading } from '../../ui/States.tsx';
import { useObjectActions } from './actions.ts';
import classes from './details.module.css';
import { type Previewable, prettyJson, previewOf, readTable, textLimit } from './preview.ts';

interface Props {
  bucket: string;
  objectKey: string;
  facts: ObjectFacts;
}

/**
 * Shows an object without running anything of it: text is drawn by the console as text, pictures, sounds and films are loaded from the
 * S3 endpoint as such, and a PDF is framed from there under a type that runs no page. None of them reaches the session.
 */
export function Preview({ bucket, objectKey, facts }: Props) {
  const { t } = useI18n();
  const { download } = useObjectActions(bucket);
  const [broken, setBroken] = useState(false);
  const how = previewOf(facts.contentType, objectKey);
  if (!how || broken || facts.size === 0) {
    return (
      <EmptyState
        icon={<IconEyeOff size={28} />}
        title={facts.size === 0 ? t('objects.previewEmpty') : t('objects.previewNone')}
        actions={
          <Button
            variant="default"
            leftSection={<IconDownload size={18} aria-hidden />}
            onClick={() => download(objectKey)}
          >
            {t('objects.download')}
          </Button>
        }
        compact
      >
        {broken ? t('objects.previewBroken') : facts.contentType}
      </EmptyState>
    );
  }
  const asText = how.kind === 'text' || how.kind === 'json' || how.kind === 'csv';
  const props = { bucket, objectKey, how, etag: facts.etag };
  return asText ? <TextPreview {...props} /> : <MediaPreview {...props} onBroken={() => setBroken(true)} />;
}

interface PartProps {
  bucket: string;
  objectKey: string;
  how: Previewable;
  etag: string;
}

function MediaPreview({ bucket, objectKey, how, etag, onBroken }: PartProps & { onBroken: () => void }) {
  const { t } = useI18n();
  const {
    data: link,
    error,
    refetch,
  } = useQuery({
    queryKey: ['objects', bucket, 'preview', objectKey, etag],
    queryFn: () => previewLink(bucket, objectKey, how.type),
    staleTime: 600_000,
  });
  if (error) return <FailureState error={error} onRetry={refetch} />;
  if (!link) return <Loading />;
  const name = t('objects.previewOf', { name: objectKey });
  switch (how.kind) {
    case 'image':
      return <img src={link} alt={name} className={classes.image} referrerPolicy="no-referrer" onError={onBroken} />;
    case 'audio':
      // biome-ignore lint/a11y/useMediaCaption: what somebody stored has the captions that it has
      return <audio controls src={link} aria-label={name} className={classes.media} onError={onBroken} />;
    case 'video':
      // biome-ignore lint/a11y/useMediaCaption: what somebody stored has the captions that it has
      return <video controls src={link} aria-label={name} className={classes.media} onError={onBroken} />;
    default:
      return <iframe src={link} title={name} className={classes.frame} referrerPolicy="no-referrer" />;
  }
}

function TextPreview({ bucket, objectKey, how, etag }: PartProps) {
  const { t, bytes } = useI18n();
  const { data, error, refetch } = useQuery({
    queryKey: ['objects', bucket, 'text', objectKey, etag],
    queryFn: ({ signal }) => readBeginning(bucket, objectKey, textLimit, signal),
  });
  if (error) return <FailureState error={error} onRetry={refetch} deniedHint={t('objects.denied')} />;
  if (!data) return <Loading />;
  const name = t('objects.previewOf', { name: objectKey });
  return (
    <>
      {!data.whole && (
        <Text size="sm" c="dimmed" mb="xs">
          {t('objects.previewBeginning', { size: bytes(textLimit) })}
        </Text>
      )}
      <section
        className={classes.text}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
        tabIndex={0}
        aria-label={name}
      >
        {how.kind === 'csv' ? (
          <TablePreview text={data.text} />
        ) : (
          <pre>{how.kind === 'json' && data.whole ? prettyJson(data.text) : data.text}</pre>
        )}
      </section>
    </>
  );
}

function TablePreview({ text }: { text: string }) {
  const [head = [], ...rows] = readTable(text);
  return (
    <Table className={classes.table} striped>
      <Table.Thead>
        <Table.Tr>
          {head.map((cell, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other identity than their place
            <Table.Th key={index}>{cell}</Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity than their place
          <Table.Tr key={index}>
            {row.map((cell, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other identity than their place
              <Table.Td key={column}>{cell}</Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
