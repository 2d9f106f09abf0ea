import { ActionIcon, Button, Group, Stack, Text, TextInput, Title, Tooltip } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';
import { metadata as german } from '../../i18n/de/metadata.ts';
import { metadata as english } from '../../i18n/en/metadata.ts';
import { useI18n, useWords } from '../../i18n/index.tsx';
import {
  type Changeable,
  changeable,
  describeAnew,
  describedBy,
  headerFault,
  maxCopyBytes,
  maxMetadataBytes,
  metadataBytes,
  metadataFault,
} from '../../s3/metadata.ts';
import type { ObjectFacts } from '../../s3/types.ts';
import { FailureAlert } from '../../ui/States.tsx';
import pairs from '../settings/settings.module.css';
import { versioningQuery } from '../settings/settings.ts';
import { useSave } from '../settings/useSave.ts';

interface Props {
  bucket: string;
  objectKey: string;
  facts: ObjectFacts;
}

const words = { en: english, de: german };

interface Row {
  id: number;
  name: string;
  value: string;
}

/** Pairs that a form takes at most; their bytes are bounded as well. */
const mostPairs = 30;

/** What an object answers with besides its content: read, changed, saved whole by storing the object anew. */
export function MetadataEditor({ bucket, objectKey, facts }: Props) {
  const { t, bytes, number } = useI18n();
  const w = useWords<typeof english>(words);
  const { data: versioning } = useQuery({ ...versioningQuery(bucket), retry: false });
  const kept = describedBy(facts);
  const lastId = useRef(kept.metadata.length);
  const [headers, setHeaders] = useState(kept.headers);
  const [rows, setRows] = useState<Row[]>(() => kept.metadata.map(([name, value], id) => ({ id, name, value })));
  const [tried, setTried] = useState(false);
  const { save, busy, error } = useSave(['objects', bucket]);
  const metadata = rows.map(({ name, value }): [string, string] => [name.trim(), value.trim()]);
  const names = metadata.map(([name]) => name);
  const faults = metadata.map(pair => metadataFault(pair, names));
  const size = metadataBytes(metadata);
  const tooLarge = facts.size > maxCopyBytes;
  const wrong =
    faults.some(fault => fault !== null) ||
    size > maxMetadataBytes ||
    changeable.some(name => headerFault(headers[name] ?? '') !== null);
  const change = (id: number, part: Partial<Row>) =>
    setRows(rows.map(row => (row.id === id ? { ...row, ...part } : row)));

  async function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!wrong) await save(() => describeAnew(bucket, objectKey, facts, { headers, metadata }), w('meta.saved'));
  }

  if (tooLarge) return <Text size="sm">{w('meta.tooLarge', { size: bytes(maxCopyBytes) })}</Text>;
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm" c="dimmed">
          {versioning === 'on' ? w('meta.textVersions') : w('meta.text')}
        </Text>
        {changeable.map(name => (
          <HeaderField
            key={name}
            name={name}
            value={headers[name] ?? ''}
            onChange={value => setHeaders({ ...headers, [name]: value })}
          />
        ))}
        <Title order={3}>{w('meta.own')}</Title>
        {rows.length === 0 && (
          <Text size="sm" c="dimmed">
            {t('objects.noMetadata')}
          </Text>
        )}
        {rows.map((row, index) => {
          const fault = faults[index];
          return (
            <div key={row.id} className={pairs.pair}>
              <TextInput
                label={w('meta.name')}
                value={row.name}
                maxLength={100}
                autoComplete="off"
                onChange={event => change(row.id, { name: event.currentTarget.value })}
                error={tried && fault && fault !== 'value' && w(`meta.fault.${fault}`)}
              />
              <TextInput
                label={w('meta.value')}
                value={row.value}
                maxLength={maxMetadataBytes}
                autoComplete="off"
                onChange={event => change(row.id, { value: event.currentTarget.value })}
                error={tried && fault === 'value' && w('meta.fault.value')}
              />
              <Tooltip label={t('ui.delete')}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size={36}
                  className={pairs.remove}
                  aria-label={w('meta.remove', { name: row.name || String(index + 1) })}
                  onClick={() => setRows(rows.filter(one => one.id !== row.id))}
                >
                  <IconTrash size={18} aria-hidden />
                </ActionIcon>
              </Tooltip>
            </div>
          );
        })}
        {size > maxMetadataBytes && (
          <Text size="sm" c="red" role="alert">
            {w('meta.fault.long')}
          </Text>
        )}
        <FailureAlert error={error} />
        <Group>
          <Button type="submit" loading={busy}>
            {t('ui.save')}
          </Button>
          {rows.length < mostPairs && (
            <Button
              variant="default"
              leftSection={<IconPlus size={18} aria-hidden />}
              onClick={() => setRows([...rows, { id: lastId.current++, name: '', value: '' }])}
            >
              {w('meta.add')}
            </Button>
          )}
          <Text size="xs" c="dimmed">
            {w('meta.size', { n: number(size), max: number(maxMetadataBytes) })}
          </Text>
        </Group>
      </Stack>
    </form>
  );
}

const suggestions: Partial<Record<Changeable, string[]>> = {
  'content-type': [
    'application/octet-stream',
    'text/plain; charset=utf-8',
    'text/html; charset=utf-8',
    'text/css',
    'text/csv',
    'text/javascript',
    'application/json',
    'application/pdf',
    'application/zip',
    'image/jpeg',
    'image/png',
    'image/svg+xml',
    'image/webp',
    'video/mp4',
    'audio/mpeg',
  ],
  'cache-control': ['no-cache', 'no-store', 'max-age=3600', 'public, max-age=31536000, immutable'],
  'content-disposition': ['inline', 'attachment'],
  'content-encoding': ['gzip', 'br', 'zstd'],
};

function HeaderField({
  name,
  value,
  onChange,
}: {
  name: Changeable;
  value: string;
  onChange: (value: string) => void;
}) {
  const w = useWords<typeof english>(words);
  const list = useId();
  return (
    <div>
      <TextInput
        label={w(`meta.header.${name}`)}
        description={name}
        value={value}
        onChange={event => onChange(event.currentTarget.value)}
        list={list}
        maxLength={1024}
        autoComplete="off"
        spellCheck={false}
        error={headerFault(value) !== null && w('meta.fault.value')}
      />
      <datalist id={list}>
        {suggestions[name]?.map(one => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </div>
  );
}
