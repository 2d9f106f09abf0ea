import { Alert, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconInfoCircle, IconWorld } from '@tabler/icons-react';
import type { PolicyChange, PolicyReport } from '../../s3/types.ts';
import { usePolicyWords, useSpeaker } from './people.ts';
import classes from './policy.module.css';
import { changesSay, faultSays, isAnything } from './report.ts';

/** What saving a draft would mean, as the server judges it. */
export function Meaning({ report }: { report: PolicyReport }) {
  const t = usePolicyWords();
  const { you, everybody } = report;
  const opens = report.public && everybody.gains.length > 0;
  return (
    <Stack gap="sm">
      {opens && (
        <Alert color="red" role="note" icon={<IconWorld size={20} aria-hidden />} title={t('policy.opens')}>
          <Changes list={everybody.gains} places={everybody.places} />
        </Alert>
      )}
      {report.refusedByPublicAccessBlock && (
        <Alert color="red" role="note" icon={<IconAlertTriangle size={20} aria-hidden />}>
          {t('policy.blockedSave')}
        </Alert>
      )}
      {report.restrictedByPublicAccessBlock && (
        <Alert color="brass" role="note">
          {t('policy.blockedUse')}
        </Alert>
      )}
      {you.loses.length > 0 && (
        <Alert
          color="red"
          role="note"
          icon={<IconAlertTriangle size={20} aria-hidden />}
          title={t('policy.takesFromYou')}
        >
          <Changes list={you.loses} places={you.places} />
          <Text size="sm" mt="xs">
            {you.loses.some(({ action }) => action === 's3:PutBucketPolicy')
              ? t('policy.locksOut')
              : t('policy.mayMend')}
          </Text>
        </Alert>
      )}
      <Plain title={t('policy.givesYou')} list={you.gains} places={you.places} />
      {!opens && <Plain title={t('policy.givesAll')} list={everybody.gains} places={everybody.places} />}
      <Plain title={t('policy.takesFromAll')} list={everybody.loses} places={everybody.places} />
      {report.complete && !isAnything(you) && !isAnything(everybody) && (
        <Text size="sm" c="dimmed">
          {t('policy.changesNothing')}
        </Text>
      )}
      {!report.complete && (
        <Text size="sm" c="dimmed">
          {t('policy.incomplete')}
        </Text>
      )}
    </Stack>
  );
}

interface ChangesProps {
  list: readonly PolicyChange[];
  places: readonly string[];
}

function Changes({ list, places }: ChangesProps) {
  const say = useSpeaker();
  return (
    <ul className={classes.told}>
      {changesSay(list, places, say).map(line => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

function Plain({ title, ...changes }: ChangesProps & { title: string }) {
  if (changes.list.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <Changes {...changes} />
    </div>
  );
}

interface VerdictProps {
  bucket: string;
  report: PolicyReport | null;
  asking: boolean;
  /** Whether faults of statements are told beside them. */
  beside: boolean;
}

/** Says under a draft what the server thinks of it. */
export function Verdict({ bucket, report, asking, beside }: VerdictProps) {
  const t = usePolicyWords();
  const faults = report?.faults ?? [];
  const here = beside ? faults.filter(one => !one.statement) : faults;
  return (
    <section className={classes.verdict} aria-label={t('policy.verdict')} aria-live="polite">
      <Text size="sm" fw={650}>
        {t('policy.verdict')}
      </Text>
      {!report && (
        <Text size="sm" c="dimmed">
          {asking ? t('policy.asking') : t('policy.notAsked')}
        </Text>
      )}
      {faults.length > 0 && (
        <Alert
          color="red"
          role="note"
          icon={<IconInfoCircle size={20} aria-hidden />}
          title={t('policy.refused', { count: faults.length })}
        >
          {here.length === 0 ? (
            t('policy.refusedAbove')
          ) : (
            <ul className={classes.told}>
              {here.map(fault => (
                <li key={`${fault.statement} ${fault.message} ${fault.detail}`}>
                  {fault.statement
                    ? t('policy.inStatement', { n: fault.statement, fault: faultSays(t, fault, bucket) })
                    : faultSays(t, fault, bucket)}
                </li>
              ))}
            </ul>
          )}
        </Alert>
      )}
      {report?.valid && <Meaning report={report} />}
    </section>
  );
}
