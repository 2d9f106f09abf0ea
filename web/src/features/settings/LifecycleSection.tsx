import { Button, Checkbox, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconRecycle } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useMemo, useRef, useState } from 'react';
import { type Translate, useI18n, useT } from '../../i18n/index.tsx';
import {
  type LifecycleForecast,
  type LifecycleRule,
  lifecycleXml,
  putLifecycle,
  type RuleReport,
} from '../../s3/rules.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { Section } from '../../ui/Section.tsx';
import { EmptyState, FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { ForecastOfAll, Incomplete, RuleForecast, useForecast } from './Forecast.tsx';
import { LeaveGuard } from './LeaveGuard.tsx';
import { deletes, forecastQuery, lifecycleQuery, reportQuery, ruleFault } from './rules.ts';
import classes from './settings.module.css';
import { useSave } from './useSave.ts';

/** Rules that S3 takes at most. */
const most = 1000;

/** What is deleted by itself, and when. */
export function LifecycleSection({ bucket }: { bucket: string }) {
  const t = useT();
  const { data, error, refetch } = useQuery(lifecycleQuery(bucket));
  return (
    <Section title={t('rule.lifecycle')} hint={t('rule.lifecycleHint')}>
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={t('set.denied')} />
      ) : !data ? (
        <Loading />
      ) : (
        <LifecycleForm key={JSON.stringify(data)} bucket={bucket} kept={data} />
      )}
    </Section>
  );
}

interface Row extends LifecycleRule {
  row: number;
}

const fresh: LifecycleRule = {
  id: '',
  on: true,
  prefix: '',
  expireDays: '',
  noncurrentDays: '',
  keepNewest: '',
  markers: false,
  abortDays: '',
};

function LifecycleForm({ bucket, kept }: { bucket: string; kept: LifecycleRule[] }) {
  const t = useT();
  const lastRow = useRef(kept.length);
  const [rows, setRows] = useState<Row[]>(() => kept.map((rule, row) => ({ ...rule, row })));
  const [tried, setTried] = useState(false);
  const { data: report } = useQuery({ ...reportQuery(bucket), enabled: kept.length > 0 });
  const client = useQueryClient();
  const [question, setQuestion] = useState<LifecycleForecast | null>(null);
  const { save, busy, error, fail, clear } = useSave(['settings', bucket]);
  const ids = rows.map(row => row.id);
  const faults = rows.map(row => ruleFault(row, ids));
  const rules = useMemo(() => rows.map(({ row: _, ...rule }) => rule), [rows]);
  const changed = lifecycleXml(rules) !== lifecycleXml(kept);
  const forecast = useForecast(bucket, rules, changed && rules.length > 0 && !faults.some(Boolean));

  const put = () => save(() => putLifecycle(bucket, rules), t('rule.lifecycleSaved'));
  async function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (faults.some(Boolean)) return;
    if (!changed || rules.length === 0) return void put();
    clear();
    try {
      const now = await client.fetchQuery({ ...forecastQuery(bucket, rules), staleTime: 0 });
      if (now.rules.some(one => deletes(one) > 0)) setQuestion(now);
      else await put();
    } catch (caught) {
      fail(caught);
    }
  }

  return (
    <>
      <form onSubmit={submit} noValidate>
        <Stack>
          {rows.length === 0 && (
            <EmptyState icon={<IconRecycle size={28} />} title={t('rule.none')} compact>
              {t('rule.noneText')}
            </EmptyState>
          )}
          {rows.map((row, at) => (
            <RuleCard
              key={row.row}
              rule={row}
              number={at + 1}
              fault={tried ? faults[at] : undefined}
              report={report?.find(one => one.id === row.id)}
              forecast={forecast?.rules[at]}
              onChange={part => setRows(rows.map(one => (one.row === row.row ? { ...one, ...part } : one)))}
              onDelete={() => setRows(rows.filter(one => one.row !== row.row))}
            />
          ))}
          {forecast && <Incomplete forecast={forecast} />}
          <FailureAlert error={error} />
          <Group>
            <Button type="submit" loading={busy}>
              {t('ui.save')}
            </Button>
            {rows.length < most && (
              <Button
                variant="default"
                leftSection={<IconPlus size={18} aria-hidden />}
                onClick={() => setRows([...rows, { ...fresh, row: lastRow.current++ }])}
              >
                {t('rule.add')}
              </Button>
            )}
          </Group>
        </Stack>
      </form>
      <LeaveGuard unsaved={changed} />
      {question && (
        <ConfirmDialog
          title={t('rule.fore.title')}
          confirm={t('rule.fore.confirm')}
          danger
          onConfirm={put}
          onClose={() => setQuestion(null)}
        >
          <ForecastOfAll forecast={question} names={rules.map(({ id }, at) => id || t('rule.number', { n: at + 1 }))} />
        </ConfirmDialog>
      )}
    </>
  );
}

interface CardProps {
  rule: LifecycleRule;
  number: number;
  fault: ReturnType<typeof ruleFault>;
  report: RuleReport | undefined;
  forecast: RuleReport | undefined;
  onChange: (part: Partial<LifecycleRule>) => void;
  onDelete: () => void;
}

function RuleCard({ rule, number, fault, report, forecast, onChange, onDelete }: CardProps) {
  const t = useT();
  const field = (name: 'id' | 'prefix' | 'expireDays' | 'noncurrentDays' | 'keepNewest' | 'abortDays') => (
    <TextInput
      label={t(`rule.${name}`)}
      value={rule[name]}
      maxLength={name === 'prefix' ? 1024 : name === 'id' ? 255 : 7}
      inputMode={name === 'id' || name === 'prefix' ? undefined : 'numeric'}
      onChange={event => onChange({ [name]: event.currentTarget.value })}
    />
  );
  return (
    <fieldset className={classes.rule}>
      <legend>{t('rule.number', { n: number })}</legend>
      <Stack>
        <Text size="sm" fw={550}>
          {sentence(t, rule)}
        </Text>
        {report && <Report report={report} />}
        {forecast && <RuleForecast report={forecast} />}
        {rule.raw ? (
          <>
            <Text size="sm">{t('rule.foreign')}</Text>
            <Code block>{rule.raw}</Code>
          </>
        ) : (
          <>
            <Checkbox
              label={t('rule.on')}
              checked={rule.on}
              onChange={event => onChange({ on: event.currentTarget.checked })}
            />
            <div className={`${classes.columns} ${classes.bottom}`}>
              {field('id')}
              {field('prefix')}
              {field('expireDays')}
              {field('noncurrentDays')}
              {field('keepNewest')}
              {field('abortDays')}
            </div>
            <Checkbox
              label={t('rule.markers')}
              description={rule.expireDays ? t('rule.markersAnyway') : undefined}
              checked={rule.markers || rule.expireDays !== ''}
              disabled={rule.expireDays !== ''}
              onChange={event => onChange({ markers: event.currentTarget.checked })}
            />
          </>
        )}
        {fault && (
          <Text size="sm" c="var(--mantine-color-error)" role="alert">
            {t(`rule.fault.${fault}`)}
          </Text>
        )}
        <Group>
          <Button variant="default" size="compact-sm" onClick={onDelete}>
            {t('rule.delete', { n: number })}
          </Button>
        </Group>
      </Stack>
    </fieldset>
  );
}

/** Says in plain words what a rule does. */
export function sentence(t: Translate, rule: LifecycleRule): string {
  const what = [
    rule.expireDays && t('rule.say.expire', { count: Number(rule.expireDays) }),
    rule.noncurrentDays &&
      (rule.keepNewest
        ? t('rule.say.formerKept', { count: Number(rule.noncurrentDays), kept: Number(rule.keepNewest) })
        : t('rule.say.former', { count: Number(rule.noncurrentDays) })),
    rule.markers && !rule.expireDays && t('rule.say.markers'),
    rule.abortDays && t('rule.say.abort', { count: Number(rule.abortDays) }),
  ].filter(Boolean);
  if (what.length === 0) return t('rule.say.nothing');
  const where = rule.prefix ? t('rule.say.prefix', { prefix: rule.prefix }) : t('rule.say.all');
  return `${where} ${what.join(' ')}${rule.on ? '' : ` ${t('rule.say.off')}`}`;
}

function Report({ report }: { report: RuleReport }) {
  const { t, date, bytes } = useI18n();
  const done = deletes(report);
  return (
    <Text size="sm" c="dimmed">
      {t('rule.report', { done, freed: bytes(report.freedBytes) })} {t('rule.waiting', { count: report.waiting })}
      {report.nextDue && report.waiting > 0 && ` ${t('rule.nextDue', { day: date(report.nextDue) })}`}
      {report.locked > 0 && ` ${t('rule.locked', { count: report.locked })}`}
    </Text>
  );
}
