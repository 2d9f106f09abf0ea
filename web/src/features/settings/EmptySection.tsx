import { Button, Checkbox, Group, Loader, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { announce } from '../../ui/live.tsx';
import { Section } from '../../ui/Section.tsx';
import { FailureAlert } from '../../ui/States.tsx';
import { objectsChanged } from '../objects/listing.ts';
import { type Emptied, emptyBucket } from './empty.ts';
import { lockQuery } from './settings.ts';

/** Deletes all that a bucket holds, as a job that shows how far it is and can be stopped. */
export function EmptySection({ bucket }: { bucket: string }) {
  const t = useT();
  const client = useQueryClient();
  const { data: lock } = useQuery({ ...lockQuery(bucket), retry: false });
  const control = useRef<AbortController | null>(null);
  const [asking, setAsking] = useState(false);
  const [bypass, setBypass] = useState(false);
  const [running, setRunning] = useState(false);
  const [so, setSo] = useState<Emptied | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => () => control.current?.abort(), []);

  async function run() {
    const own = new AbortController();
    control.current = own;
    setRunning(true);
    setError(null);
    setSo({ versions: 0, uploads: 0, refused: [] });
    try {
      const done = await emptyBucket(bucket, bypass, setSo, own.signal);
      announce(t('set.emptied', { count: done.versions }));
    } catch (caught) {
      if (!own.signal.aborted) setError(caught);
    } finally {
      setRunning(false);
      void objectsChanged(client, bucket);
    }
  }

  return (
    <Section title={t('set.empty')} hint={t('set.emptyHint')}>
      <Stack>
        {so && (
          <Group gap="sm">
            {running && <Loader size="sm" aria-hidden />}
            <Text size="sm">
              {t('set.emptied', { count: so.versions })}
              {so.uploads > 0 && ` ${t('set.emptiedUploads', { count: so.uploads })}`}
            </Text>
          </Group>
        )}
        {so && so.refused.length > 0 && (
          <div role="alert">
            <Text size="sm" fw={600}>
              {t('set.emptyRefused')}
            </Text>
            {so.refused.slice(0, 5).map(one => (
              <Text key={`${one.key} ${one.message}`} size="sm" style={{ overflowWrap: 'anywhere' }}>
                {one.key}: {one.message || one.code}
              </Text>
            ))}
          </div>
        )}
        <FailureAlert error={error} />
        <Group>
          {running ? (
            <Button variant="default" onClick={() => control.current?.abort()}>
              {t('objects.stop')}
            </Button>
          ) : (
            <Button color="red.8" onClick={() => setAsking(true)}>
              {t('set.empty')}
            </Button>
          )}
        </Group>
      </Stack>
      {asking && (
        <ConfirmDialog
          title={t('set.emptyTitle', { name: bucket })}
          confirm={t('set.empty')}
          danger
          typed={bucket}
          onConfirm={async () => void run()}
          onClose={() => setAsking(false)}
        >
          <Text size="sm">{t('set.emptyText')}</Text>
          {lock?.enabled && (
            <Checkbox
              label={t('objects.bypass')}
              description={t('objects.bypassHint')}
              checked={bypass}
              onChange={event => setBypass(event.currentTarget.checked)}
            />
          )}
        </ConfirmDialog>
      )}
    </Section>
  );
}
