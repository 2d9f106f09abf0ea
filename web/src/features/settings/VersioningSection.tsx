import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { putVersioning } from '../../s3/settings.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { ExplainedButton } from '../../ui/Explained.tsx';
import { Section } from '../../ui/Section.tsx';
import { FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { lockQuery, versioningQuery } from './settings.ts';
import { useSave } from './useSave.ts';

/** Whether former versions are kept. */
export function VersioningSection({ bucket }: { bucket: string }) {
  const t = useT();
  const query = versioningQuery(bucket);
  const { data: state, error, refetch } = useQuery(query);
  const { data: lock } = useQuery(lockQuery(bucket));
  const { save, busy, error: refused } = useSave(query.queryKey);
  const [asking, setAsking] = useState(false);

  return (
    <Section title={t('set.versioning')} hint={t('set.versioningHint')}>
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={t('set.denied')} />
      ) : !state ? (
        <Loading />
      ) : (
        <Stack>
          <Group gap="sm">
            <Badge size="lg" color={state === 'on' ? 'tide' : state === 'suspended' ? 'brass' : 'gray'}>
              {t(`set.versioning.${state}`)}
            </Badge>
            <Text size="sm">{t(`set.versioningText.${state}`)}</Text>
          </Group>
          <FailureAlert error={refused} />
          <Group>
            {state === 'on' ? (
              <ExplainedButton
                variant="default"
                reason={lock?.enabled ? t('set.versioningLocked') : ''}
                onClick={() => setAsking(true)}
              >
                {t('set.versioningSuspend')}
              </ExplainedButton>
            ) : (
              <Button
                loading={busy}
                onClick={() => save(() => putVersioning(bucket, true), t('set.versioningTurnedOn'))}
              >
                {t('set.versioningTurnOn')}
              </Button>
            )}
          </Group>
        </Stack>
      )}
      {asking && (
        <ConfirmDialog
          title={t('set.versioningSuspend')}
          confirm={t('set.versioningSuspendConfirm')}
          danger
          onConfirm={async () => {
            await save(() => putVersioning(bucket, false), t('set.versioningSuspended'));
          }}
          onClose={() => setAsking(false)}
        >
          <Text size="sm">{t('set.versioningSuspendText')}</Text>
        </ConfirmDialog>
      )}
    </Section>
  );
}
