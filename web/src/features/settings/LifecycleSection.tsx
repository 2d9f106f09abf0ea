import { Button, Checkbox, Code, Group, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { IconPlus, IconRecycle } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useMemo, useRef, useState } from 'react';
import { type I18n, useI18n, useT } from '../../i18n/index.tsx';
import {
  type LifecycleForecast,
  type LifecycleRule,
  lifecycleXml,
  putLifecycle,
  type RuleReport,
  tagLines,
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
  tags: '',
  larger: '',
  smaller: '',
  expireDays: '',
  expireOn: '',
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

/** Characters of the fields that are no number of days. */
const lengths: Record<string, number> = { prefix: 1024, id: 255, larger: 14, smaller: 14 };

function RuleCard({ rule, number, fault, report, forecast, onChange, onDelete }: CardProps) {
  const i18n = useI18n();
  const { t } = i18n;
  const [more, setMore] = useState(Boolean(rule.tags || rule.larger || rule.smaller || rule.expireOn));
  const expires = rule.expireDays !== '' || rule.expireOn !== '';
  const field = (
    name: 'id' | 'prefix' | 'larger' | 'smaller' | 'expireDays' | 'noncurrentDays' | 'keepNewest' | 'abortDays',
    hint?: string,
  ) => (
    <TextInput
      label={t(`rule.${name}`)}
      description={hint}
      value={rule[name]}
      maxLength={lengths[name] ?? 7}
      inputMode={name === 'id' || name === 'prefix' ? undefined : 'numeric'}
      onChange={event => onChange({ [name]: event.currentTarget.value })}
    />
  );
  return (
    <fieldset className={classes.rule}>
      <legend>{t('rule.number', { n: number })}</legend>
      <Stack>
        <Text size="sm" fw={550}>
          {sentence(i18n, rule)}
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
            {more ? (
              <div className={classes.columns}>
                <TextInput
                  type="date"
                  label={t('rule.expireOn')}
                  description={t('rule.expireOnHint')}
                  value={rule.expireOn}
                  onChange={event => onChange({ expireOn: event.currentTarget.value })}
                />
                {field('larger', t('rule.sizeHint'))}
                {field('smaller', t('rule.sizeHint'))}
                <Textarea
                  label={t('rule.tags')}
                  description={t('rule.tagsHint')}
                  rows={3}
                  maxLength={4000}
                  value={rule.tags}
                  spellCheck={false}
                  autoCapitalize="none"
                  onChange={event => onChange({ tags: event.currentTarget.value })}
                />
              </div>
            ) : (
              <div>
                <Button variant="subtle" size="compact-sm" px={4} onClick={() => setMore(true)}>
                  {t('rule.more')}
                </Button>
              </div>
            )}
            <Checkbox
              label={t('rule.markers')}
              description={expires ? t('rule.markersAnyway') : undefined}
              checked={rule.markers || expires}
              disabled={expires}
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
export function sentence({ t, date, bytes, list }: I18n, rule: LifecycleRule): string {
  const what = [
    rule.expireDays && t('rule.say.expire', { count: Number(rule.expireDays) }),
    rule.expireOn && !rule.expireDays && t('rule.say.expireOn', { day: date(`${rule.expireOn}T12:00:00Z`) }),
    rule.noncurrentDays &&
      (rule.keepNewest
        ? t('rule.say.formerKept', { count: Number(rule.noncurrentDays), kept: Number(rule.keepNewest) })
        : t('rule.say.former', { count: Number(rule.noncurrentDays) })),
    rule.markers && !rule.expireDays && !rule.expireOn && t('rule.say.markers'),
    rule.abortDays && t('rule.say.abort', { count: Number(rule.abortDays) }),
  ].filter(Boolean);
  if (what.length === 0) return t('rule.say.nothing');
  const tags = tagLines(rule.tags).map(({ key, value }) => `${key}=${value}`);
  const only = [
    tags.length > 0 && t('rule.say.tags', { tags: list(tags) }),
    rule.larger && t('rule.say.larger', { size: bytes(Number(rule.larger)) }),
    rule.smaller && t('rule.say.smaller', { size: bytes(Number(rule.smaller)) }),
  ].filter(part => typeof part === 'string' && part !== '') as string[];
  const filter = only.length > 0 ? t('rule.say.only', { what: list(only) }) : '';
  const where = rule.prefix ? t('rule.say.prefix', { prefix: rule.prefix, filter }) : t('rule.say.all', { filter });
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
