import { Alert, Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { type Logging, putLogging } from '../../s3/rules.ts';
import { putPolicy } from '../../s3/settings.ts';
import { Section } from '../../ui/Section.tsx';
import { FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { bucketsQuery } from '../buckets/buckets.ts';
import { lettingLogsIn, logTargetQuery } from './logTarget.ts';
import { loggingQuery } from './rules.ts';
import classes from './settings.module.css';
import { useSave } from './useSave.ts';

/** Where a line about each request goes. */
export function LoggingSection({ bucket }: { bucket: string }) {
  const t = useT();
  const { data, error, refetch } = useQuery(loggingQuery(bucket));
  return (
    <Section title={t('rule.logging')} hint={t('rule.loggingHint')}>
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={t('set.denied')} />
      ) : !data ? (
        <Loading />
      ) : (
        <LoggingForm bucket={bucket} kept={data} />
      )}
    </Section>
  );
}

function LoggingForm({ bucket, kept }: { bucket: string; kept: Logging }) {
  const t = useT();
  const { data: buckets } = useQuery(bucketsQuery);
  const [draft, setDraft] = useState(kept);
  const { save, busy, error } = useSave(loggingQuery(bucket).queryKey);
  const region = buckets?.find(one => one.name === bucket)?.region;
  const targets = new Set(buckets?.filter(one => one.region === region).map(one => one.name));
  if (draft.target) targets.add(draft.target);

  function submit(event: FormEvent) {
    event.preventDefault();
    void save(() => putLogging(bucket, draft), t('rule.loggingSaved'));
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <div className={`${classes.columns} ${classes.bottom}`}>
          <NativeSelect
            label={t('rule.target')}
            description={t('rule.targetHint')}
            value={draft.target}
            onChange={event => setDraft({ ...draft, target: event.currentTarget.value })}
            data={[{ value: '', label: t('rule.targetNone') }, ...targets]}
          />
          <TextInput
            label={t('rule.targetPrefix')}
            description={t('rule.targetPrefixHint')}
            value={draft.prefix}
            maxLength={1024}
            disabled={!draft.target}
            onChange={event => setDraft({ ...draft, prefix: event.currentTarget.value })}
          />
        </div>
        {draft.target && <Target key={draft.target} target={draft.target} />}
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

/** Says when the target would not take the logs, and makes it take them. */
function Target({ target }: { target: string }) {
  const t = useT();
  const { data } = useQuery(logTargetQuery(target));
  const { save, busy, error } = useSave(['settings', target]);
  if (!data || data.letsIn) return null;
  return (
    <Alert color="brass" role="note" title={t('rule.logsShut', { bucket: target })}>
      <Stack gap="sm">
        <Text size="sm">{t('rule.logsShutText')}</Text>
        <FailureAlert error={error} />
        <Group>
          <Button
            variant="default"
            loading={busy}
            onClick={() =>
              void save(
                () => putPolicy(target, lettingLogsIn(data.policy, target)),
                t('rule.logsLetIn', { bucket: target }),
              )
            }
          >
            {t('rule.logsLet')}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
