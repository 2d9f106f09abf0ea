import { Button, Group, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { body, consoleApi } from '../../api/client.ts';
import type { BucketUsage, ContractSettings } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import { useTitle } from '../../shell/useTitle.ts';
import { CopyField, Field, FieldList } from '../../ui/Field.tsx';
import { PageHeader, Section } from '../../ui/Section.tsx';
import { FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { contractQuery } from '../keys/expiry.ts';
import { allKeysQuery, inState } from '../people/allKeys.ts';
import { groupsQuery, usersQuery } from '../people/people.ts';
import { QuotaCard } from '../people/QuotaSection.tsx';
import { Plot } from '../records/Plot.tsx';
import { bucketUsageQuery, daysOf, seriesOf, userUsageQuery } from '../records/records.ts';
import { mayManage, sessionQuery, useSession } from '../session/session.ts';
import classes from './ContractPage.module.css';

/** The contract in numbers, and what holds for all of it. */
export function ContractPage() {
  const { t } = useI18n();
  const session = useSession();
  const { data, error, refetch } = useQuery(contractQuery);
  useTitle(t('contract.title'));
  return (
    <>
      <PageHeader title={t('contract.title')} hint={data?.name} />
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={t('people.denied')} />
      ) : !data ? (
        <Loading />
      ) : (
        <Stack gap="lg">
          <Section title={t('contract.overview')}>
            <FieldList>
              <CopyField label={t('contract.number')} value={String(data.number ?? session.contract.number)} />
              {mayManage(session) && <Numbers />}
            </FieldList>
          </Section>
          {mayManage(session) && <Plots />}
          {mayManage(session) && (
            <QuotaCard
              of={{ contract: data.number ?? session.contract.number }}
              hint={t('contract.quotaHint')}
              editable={false}
            />
          )}
          <Section title={t('contract.settings')} hint={t('contract.settingsHint')}>
            <SettingsForm
              key={JSON.stringify(data)}
              kept={data}
              editable={session.user.role === 'owner' && !session.visitor}
            />
          </Section>
        </Stack>
      )}
    </>
  );
}

/** What there is, in numbers. Each is read by itself, so that one that fails does not hide the rest. */
function Numbers() {
  const { t, number, bytes } = useI18n();
  const { data: users } = useQuery(usersQuery);
  const { data: groups } = useQuery(groupsQuery);
  const { data: keys } = useQuery(allKeysQuery);
  const days = daysOf(2, Date.now());
  const { data: usage } = useQuery(bucketUsageQuery(days[0] ?? '', days[1] ?? ''));
  const held = usage && latest(usage);
  const active = keys?.filter(key => inState(key, 'active', Date.now())).length;
  return (
    <>
      <Field label={t('contract.people')}>
        {users
          ? t('contract.peopleText', {
              n: users.length,
              admins: users.filter(user => user.properties.administrator).length,
            })
          : '…'}
      </Field>
      <Field label={t('contract.groups')}>{groups ? number(groups.length) : '…'}</Field>
      <Field label={t('contract.keys')}>
        {keys && active !== undefined ? (
          <Link to={paths.people} search={{ tab: 'keys' }} className={classes.link}>
            {t('contract.keysText', { n: keys.length, active })}
          </Link>
        ) : (
          '…'
        )}
      </Field>
      <Field label={t('contract.buckets')}>
        {held ? (held.length === 0 ? t('contract.notMeasured') : number(held.length)) : '…'}
      </Field>
      <Field label={t('contract.stored')}>
        {held ? (
          <Link to={paths.usage} className={classes.link}>
            {held.length === 0
              ? t('contract.toUsage')
              : t('contract.storedText', {
                  bytes: bytes(held.reduce((sum, one) => sum + one.bytes, 0)),
                  objects: held.reduce((sum, one) => sum + one.objects, 0),
                })}
          </Link>
        ) : (
          '…'
        )}
      </Field>
    </>
  );
}

/** Requests and bytes of everybody, and what is stored, over a month. */
function Plots() {
  const { t, number, bytes } = useI18n();
  const days = daysOf(30, Date.now());
  const span = [days[0] ?? '', days.at(-1) ?? ''] as const;
  const people = useQuery(userUsageQuery(...span));
  const buckets = useQuery(bucketUsageQuery(...span));
  const total = (measure: 'requests' | 'bytesIn' | 'bytesOut') =>
    people.data?.map(row => ({ day: row.day, name: t(`usage.show.${measure}`), value: row[measure] })) ?? [];
  const series = (rows: { day: string; name: string; value: number }[]) =>
    seriesOf(
      rows,
      days,
      row => row.name,
      row => row.value,
      t('usage.rest'),
    );
  const stored = buckets.data?.map(row => ({ day: row.day, name: t('usage.show.bytes'), value: row.bytes }));
  const common = { days, denied: t('people.denied') };
  const asked = { ...common, error: people.error, refetch: people.refetch, empty: t('usage.noRequests') };
  return (
    <Section title={t('contract.plots')} hint={t('contract.plotsHint')}>
      <div className={classes.plots}>
        <Plot
          {...asked}
          series={people.data && series(total('requests'))}
          title={t('usage.show.requests')}
          format={number}
          base={10}
        />
        <Plot
          {...asked}
          series={people.data && series([...total('bytesIn'), ...total('bytesOut')])}
          title={`${t('usage.show.bytesIn')}, ${t('usage.show.bytesOut')}`}
          format={bytes}
          base={2}
        />
        <Plot
          {...common}
          error={buckets.error}
          refetch={buckets.refetch}
          empty={t('usage.noBuckets')}
          series={stored && series(stored)}
          title={t('usage.show.bytes')}
          format={bytes}
          base={2}
        />
      </div>
    </Section>
  );
}

/** Returns the rows of the last day that has any. */
function latest(rows: BucketUsage[]): BucketUsage[] {
  const last = rows.at(-1)?.day;
  return rows.filter(row => row.day === last);
}

function SettingsForm({ kept, editable }: { kept: ContractSettings; editable: boolean }) {
  const { t } = useI18n();
  const client = useQueryClient();
  const [name, setName] = useState(kept.name);
  const [secrets, setSecrets] = useState(kept.secrets);
  const [days, setDays] = useState(String(kept.maxKeyDays));
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const maxKeyDays = Number(days);
  const daysWrong = days === '' || !Number.isInteger(maxKeyDays) || maxKeyDays < 0 || maxKeyDays > 3650;
  const nameWrong = name.trim() === '';

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (daysWrong || nameWrong) return;
    setBusy(true);
    setError(null);
    try {
      await body(consoleApi.PUT('/console/contract', { body: { name: name.trim(), secrets, maxKeyDays } }));
      await client.invalidateQueries({ queryKey: contractQuery.queryKey });
      await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      toast({ kind: 'done', title: t('contract.saved') });
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form onSubmit={submit} noValidate className={classes.form}>
      <Stack>
        {!editable && (
          <Text size="sm" c="dimmed">
            {t('contract.ownerOnly')}
          </Text>
        )}
        <TextInput
          label={t('contract.name')}
          value={name}
          maxLength={128}
          readOnly={!editable}
          error={nameWrong && t('contract.nameWrong')}
          onChange={event => setName(event.currentTarget.value)}
        />
        <Radio.Group
          label={t('contract.secrets')}
          value={secrets}
          onChange={value => setSecrets(value as ContractSettings['secrets'])}
        >
          <Stack gap="xs" mt={6}>
            {(['retrievable', 'once'] as const).map(value => (
              <Radio
                key={value}
                value={value}
                label={t(`contract.secrets.${value}`)}
                description={t(`contract.secretsText.${value}`)}
                disabled={!editable}
              />
            ))}
          </Stack>
        </Radio.Group>
        <TextInput
          label={t('contract.maxDays')}
          description={t('contract.maxDaysHint')}
          inputMode="numeric"
          value={days}
          maxLength={4}
          readOnly={!editable}
          error={daysWrong && t('contract.maxDaysWrong')}
          onChange={event => setDays(event.currentTarget.value)}
        />
        <FailureAlert error={error} />
        {editable && (
          <Group>
            <Button type="submit" loading={busy}>
              {t('ui.save')}
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}
