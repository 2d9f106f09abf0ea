import { Button, Checkbox, Group, Radio, Stack, Switch, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useI18n } from '../../i18n/index.tsx';
import type { LockMode, ObjectFacts } from '../../s3/types.ts';
import { putLegalHold, putRetention } from '../../s3/versions.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { lockQuery, versioningQuery } from '../settings/settings.ts';
import { useSave } from '../settings/useSave.ts';
import classes from './details.module.css';

/** What keeps a version from being deleted. */
export interface Kept {
  hold: boolean;
  mode: LockMode | null;
  until: Date | null;
}

/** Reads the lock of a version from its headers. */
export function keptOf(facts: ObjectFacts): Kept {
  const header = (name: string) => facts.headers.find(([one]) => one === name)?.[1] ?? '';
  const mode = header('x-amz-object-lock-mode');
  const until = Date.parse(header('x-amz-object-lock-retain-until-date'));
  return {
    hold: header('x-amz-object-lock-legal-hold') === 'ON',
    mode: mode === 'GOVERNANCE' || mode === 'COMPLIANCE' ? mode : null,
    until: Number.isNaN(until) ? null : new Date(until),
  };
}

interface Props {
  bucket: string;
  objectKey: string;
  facts: ObjectFacts;
}

/** Why an object can or cannot be deleted, and in a bucket with Object Lock the locks of its current version. */
export function Protection({ bucket, objectKey, facts }: Props) {
  const { t } = useI18n();
  const { data: lock, error, refetch } = useQuery(lockQuery(bucket));
  const kept = keptOf(facts);
  if (error) return <FailureState error={error} onRetry={refetch} deniedHint={t('set.denied')} />;
  if (!lock) return <Loading />;
  return (
    <Stack gap="lg">
      <Reasons bucket={bucket} kept={kept} lockable={lock.enabled} />
      {lock.enabled && (
        <>
          <Hold bucket={bucket} objectKey={objectKey} on={kept.hold} />
          <Retention bucket={bucket} objectKey={objectKey} kept={kept} />
        </>
      )}
    </Stack>
  );
}

function Reasons({ bucket, kept, lockable }: { bucket: string; kept: Kept; lockable: boolean }) {
  const { t, dateTime } = useI18n();
  const { data: versioning } = useQuery({ ...versioningQuery(bucket), retry: false });
  const ahead = kept.until !== null && kept.until.getTime() > Date.now();
  const reasons: string[] = [];
  if (kept.hold) reasons.push(t('objects.whyHold'));
  if (ahead && kept.mode) reasons.push(t(`objects.why.${kept.mode}`, { until: dateTime(kept.until) }));
  const locked = reasons.length > 0;
  if (!locked) reasons.push(lockable ? t('objects.whyNotLocked') : t('objects.whyNoLock'));
  if (versioning === 'on') reasons.push(t('objects.whyMarker'));
  else if (versioning !== undefined) reasons.push(t('objects.whyFinal'));
  reasons.push(t('objects.whyRights'));
  return (
    <section aria-label={t('objects.why')}>
      <Title order={3} mb="xs">
        {locked ? t('objects.why') : t('objects.whyCan')}
      </Title>
      <ul className={classes.reasons}>
        {reasons.map(reason => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </section>
  );
}

function Hold({ bucket, objectKey, on }: { bucket: string; objectKey: string; on: boolean }) {
  const { t } = useI18n();
  const { save, busy, error } = useSave(['objects', bucket]);
  return (
    <div>
      <Switch
        label={t('objects.hold')}
        description={t('objects.holdHint')}
        checked={on}
        disabled={busy}
        onChange={event => {
          const next = event.currentTarget.checked;
          void save(() => putLegalHold(bucket, objectKey, next), t(next ? 'objects.holdOn' : 'objects.holdOff'));
        }}
      />
      <FailureAlert error={error} />
    </div>
  );
}

/** Returns the day of a time as an input of type date has it. */
function dayOf(time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

function Retention({ bucket, objectKey, kept }: { bucket: string; objectKey: string; kept: Kept }) {
  const { t, date } = useI18n();
  const [mode, setMode] = useState<LockMode>(kept.mode ?? 'GOVERNANCE');
  const [day, setDay] = useState(kept.until ? dayOf(kept.until) : '');
  const [bypass, setBypass] = useState(false);
  const [tried, setTried] = useState(false);
  const [asking, setAsking] = useState(false);
  const { save, busy, error } = useSave(['objects', bucket]);
  const until = new Date(`${day}T23:59:59`);
  const wrong = Number.isNaN(until.getTime()) || until.getTime() <= Date.now();

  const store = () => save(() => putRetention(bucket, objectKey, { mode, until }, bypass), t('objects.retained'));
  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (wrong) return;
    if (mode === 'COMPLIANCE') setAsking(true);
    else void store();
  }

  return (
    <form onSubmit={submit} noValidate aria-label={t('objects.retain')}>
      <Stack gap="sm">
        <Title order={3}>{t('objects.retain')}</Title>
        <Radio.Group aria-label={t('objects.retain')} value={mode} onChange={value => setMode(value as LockMode)}>
          <Stack gap="xs">
            <Radio value="GOVERNANCE" label={t('set.governance')} description={t('set.governanceHint')} />
            <Radio value="COMPLIANCE" label={t('set.compliance')} description={t('set.complianceHint')} />
          </Stack>
        </Radio.Group>
        <TextInput
          type="date"
          label={t('objects.retainUntil')}
          maw={220}
          value={day}
          min={dayOf(new Date())}
          onChange={event => setDay(event.currentTarget.value)}
          error={tried && wrong && t('objects.retainWrong')}
        />
        {kept.mode === 'GOVERNANCE' && (
          <Checkbox
            label={t('objects.bypass')}
            description={t('objects.bypassHint')}
            checked={bypass}
            onChange={event => setBypass(event.currentTarget.checked)}
          />
        )}
        <FailureAlert error={error} />
        <Group>
          <Button type="submit" loading={busy}>
            {t('ui.save')}
          </Button>
          {kept.mode === 'GOVERNANCE' && bypass && (
            <Button
              variant="default"
              loading={busy}
              onClick={() => save(() => putRetention(bucket, objectKey, null, true), t('objects.retainedNot'))}
            >
              {t('objects.retainLift')}
            </Button>
          )}
        </Group>
      </Stack>
      {asking && (
        <ConfirmDialog
          title={t('objects.retainTitle')}
          confirm={t('objects.retainConfirm')}
          danger
          onConfirm={store}
          onClose={() => setAsking(false)}
        >
          <Text size="sm">{t('objects.retainText', { until: date(until) })}</Text>
        </ConfirmDialog>
      )}
    </form>
  );
}
