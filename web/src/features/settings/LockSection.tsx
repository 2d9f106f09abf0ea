import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { putLock } from '../../s3/settings.ts';
import type { DefaultRetention } from '../../s3/types.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { ExplainedButton } from '../../ui/Explained.tsx';
import { Section } from '../../ui/Section.tsx';
import { FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { draftOf, RetentionFields, retentionOf } from './RetentionFields.tsx';
import { lockQuery, versioningQuery } from './settings.ts';
import { useSave } from './useSave.ts';

/** For how long new objects cannot be deleted. */
export function LockSection({ bucket }: { bucket: string }) {
  const t = useT();
  const { data: lock, error, refetch } = useQuery(lockQuery(bucket));
  return (
    <Section title={t('set.lock')} hint={t('set.lockHint')}>
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={t('set.denied')} />
      ) : !lock ? (
        <Loading />
      ) : lock.enabled ? (
        <RetentionForm bucket={bucket} kept={lock.retention} />
      ) : (
        <TurnOn bucket={bucket} />
      )}
    </Section>
  );
}

/** Object Lock can be turned on while versions are kept, and never off. */
function TurnOn({ bucket }: { bucket: string }) {
  const t = useT();
  const { data: versioning } = useQuery(versioningQuery(bucket));
  const { save, error } = useSave(lockQuery(bucket).queryKey);
  const [asking, setAsking] = useState(false);
  return (
    <Stack>
      <Text size="sm">{t('set.lockOff')}</Text>
      <FailureAlert error={error} />
      <Group>
        <ExplainedButton
          variant="default"
          reason={versioning === 'on' ? '' : t('set.lockNeedsVersions')}
          onClick={() => setAsking(true)}
        >
          {t('set.lockTurnOn')}
        </ExplainedButton>
      </Group>
      {asking && (
        <ConfirmDialog
          title={t('set.lockTurnOn')}
          confirm={t('set.lockTurnOnConfirm')}
          onConfirm={() => save(() => putLock(bucket, null), t('set.lockTurnedOn'))}
          onClose={() => setAsking(false)}
        >
          <Text size="sm">{t('set.lockTurnOnText')}</Text>
        </ConfirmDialog>
      )}
    </Stack>
  );
}

function RetentionForm({ bucket, kept }: { bucket: string; kept: DefaultRetention | null }) {
  const t = useT();
  const [draft, setDraft] = useState(() => draftOf(kept));
  const [tried, setTried] = useState(false);
  const { save, busy, error } = useSave(lockQuery(bucket).queryKey);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    const retention = retentionOf(draft);
    if (retention === undefined) return;
    await save(() => putLock(bucket, retention), t('set.retentionSaved'));
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <RetentionFields draft={draft} onChange={setDraft} tried={tried} />
        {draft.mode === 'COMPLIANCE' && kept?.mode !== 'COMPLIANCE' && (
          <Alert
            color="brass"
            role="status"
            icon={<IconAlertTriangle size={20} aria-hidden />}
            title={t('set.complianceWarning')}
          >
            {t('set.complianceWarningText')}
          </Alert>
        )}
        <FailureAlert error={error} />
        <Group>
          <Button type="submit" loading={busy}>
            {t('ui.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
