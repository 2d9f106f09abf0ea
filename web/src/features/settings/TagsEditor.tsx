import { ActionIcon, Button, Group, Stack, Text, TextInput, Tooltip } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { putTags } from '../../s3/settings.ts';
import type { Tag } from '../../s3/types.ts';
import { FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import classes from './settings.module.css';
import { tagsQuery } from './settings.ts';
import { useSave } from './useSave.ts';

/** Tags a bucket or an object has at most. */
const most = { bucket: 50, object: 10 } as const;

export type TagFault = 'empty' | 'twice' | 'characters' | 'system' | null;

/** Says what S3 would refuse about the name of a tag, given all names. */
export function tagFault(name: string, names: readonly string[]): TagFault {
  if (name === '') return 'empty';
  if (names.filter(one => one === name).length > 1) return 'twice';
  if (/^aws:/i.test(name)) return 'system';
  return /^[\p{L}\p{N}\p{Z}+\-=._:/@]*$/u.test(name) ? null : 'characters';
}

/** The tags of a bucket, or of an object where a key is given: read, changed, saved whole. */
export function TagsEditor({ bucket, objectKey }: { bucket: string; objectKey?: string }) {
  const t = useT();
  const { data, error, refetch } = useQuery(tagsQuery(bucket, objectKey));
  if (error) return <FailureState error={error} onRetry={refetch} deniedHint={t('set.denied')} />;
  if (!data) return <Loading />;
  return <TagsForm bucket={bucket} objectKey={objectKey} kept={data} />;
}

interface Row extends Tag {
  id: number;
}

function TagsForm({ bucket, objectKey, kept }: { bucket: string; objectKey?: string; kept: Tag[] }) {
  const t = useT();
  const lastId = useRef(kept.length);
  const [rows, setRows] = useState<Row[]>(() => kept.map((tag, id) => ({ ...tag, id })));
  const [tried, setTried] = useState(false);
  const { save, busy, error } = useSave(tagsQuery(bucket, objectKey).queryKey);
  const limit = objectKey === undefined ? most.bucket : most.object;
  const names = rows.map(row => row.key);
  const faults = names.map(name => tagFault(name, names));
  const change = (id: number, part: Partial<Tag>) =>
    setRows(rows.map(row => (row.id === id ? { ...row, ...part } : row)));

  async function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (faults.some(fault => fault !== null)) return;
    const tags = rows.map(({ key, value }) => ({ key, value }));
    await save(() => putTags(bucket, tags, objectKey), t('set.tagsSaved'));
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {rows.length === 0 && (
          <Text size="sm" c="dimmed">
            {t('set.tagsNone')}
          </Text>
        )}
        {rows.map((row, index) => {
          const fault = faults[index];
          return (
            <div key={row.id} className={classes.pair}>
              <TextInput
                label={t('set.tagName')}
                value={row.key}
                maxLength={128}
                onChange={event => change(row.id, { key: event.currentTarget.value })}
                error={tried && fault && t(`set.tagFault.${fault}`)}
              />
              <TextInput
                label={t('set.tagValue')}
                value={row.value}
                maxLength={256}
                onChange={event => change(row.id, { value: event.currentTarget.value })}
              />
              <Tooltip label={t('ui.delete')}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size={36}
                  className={classes.remove}
                  aria-label={t('set.tagDelete', { name: row.key || String(index + 1) })}
                  onClick={() => setRows(rows.filter(one => one.id !== row.id))}
                >
                  <IconTrash size={18} aria-hidden />
                </ActionIcon>
              </Tooltip>
            </div>
          );
        })}
        <FailureAlert error={error} />
        <Group>
          <Button type="submit" loading={busy}>
            {t('ui.save')}
          </Button>
          {rows.length < limit && (
            <Button
              variant="default"
              leftSection={<IconPlus size={18} aria-hidden />}
              onClick={() => setRows([...rows, { id: lastId.current++, key: '', value: '' }])}
            >
              {t('set.tagAdd')}
            </Button>
          )}
          <Text size="xs" c="dimmed">
            {t('set.tagsCount', { n: rows.length, max: limit })}
          </Text>
        </Group>
      </Stack>
    </form>
  );
}
