import { NativeSelect, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useI18n } from '../../i18n/index.tsx';
import { paths, type UsageSearch, usageMeasures } from '../../routes/paths.ts';
import { useTitle } from '../../shell/useTitle.ts';
import { PageHeader, Section } from '../../ui/Section.tsx';
import { keysQuery } from '../keys/keys.ts';
import { allKeysQuery } from '../people/allKeys.ts';
import { nameOf, usersQuery } from '../people/people.ts';
import { mayManage, useSession } from '../session/session.ts';
import { Plot, PlotChoices } from './Plot.tsx';
import classes from './records.module.css';
import { bucketUsageQuery, daysOf, keyUsageQuery, seriesOf, userUsageQuery } from './records.ts';

/** Stands in the address for everybody, where else the id of a user does. */
const all = 'all';

function useUsageSearch() {
  const search = useSearch({ from: '/shell/management/usage' });
  const navigate = useNavigate();
  const change = (part: UsageSearch) =>
    navigate({ to: paths.usage, search: now => ({ ...now, ...part }), replace: true });
  return { ...search, change };
}

/** How much is stored, and what is asked of keys, by day. */
export function UsagePage() {
  const { t } = useI18n();
  const manages = mayManage(useSession());
  const { of = manages ? 'buckets' : 'keys', change } = useUsageSearch();
  useTitle(t('usage.title'));
  return (
    <>
      <PageHeader title={t('usage.title')} hint={t('usage.hint')} />
      <Tabs
        value={of}
        keepMounted={false}
        onChange={value => change({ of: value === 'keys' ? 'keys' : 'buckets', measure: undefined })}
      >
        <Tabs.List mb="lg">
          {manages && <Tabs.Tab value="buckets">{t('buckets.title')}</Tabs.Tab>}
          <Tabs.Tab value="keys">{t('keys.accessKeys')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="buckets">
          <BucketPlots />
        </Tabs.Panel>
        <Tabs.Panel value="keys">
          <KeyPlots />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

/** What is shown, over how many days; kept in the address. */
function Choices({ of }: { of: 'buckets' | 'keys' }) {
  const { measure, days, change } = useUsageSearch();
  return <PlotChoices measures={usageMeasures[of]} measure={measure} days={days} change={change} />;
}

function BucketPlots() {
  const { t, number, bytes } = useI18n();
  const { measure: chosen, days: count = 30 } = useUsageSearch();
  const measure = chosen === 'objects' || chosen === 'versions' ? chosen : 'bytes';
  const days = daysOf(count, Date.now());
  const { data, error, refetch } = useQuery(bucketUsageQuery(days[0] ?? '', days.at(-1) ?? ''));
  const series =
    data &&
    seriesOf(
      data,
      days,
      row => row.bucket,
      row => row[measure],
      t('usage.rest'),
    );
  return (
    <Section title={t('usage.buckets')} hint={t('usage.bucketsHint')} action={<Tools of="buckets" />}>
      <Plot
        days={days}
        series={series}
        error={error}
        refetch={refetch}
        denied={t('people.denied')}
        empty={t('usage.noBuckets')}
        title={t(`usage.show.${measure}`)}
        format={measure === 'bytes' ? bytes : number}
        base={measure === 'bytes' ? 2 : 10}
      />
    </Section>
  );
}

function KeyPlots() {
  const { t, number, bytes } = useI18n();
  const session = useSession();
  const { measure: chosen, days: count = 30, user } = useUsageSearch();
  const everybody = user === all;
  const userId = user ?? session.user.id;
  const measure = chosen === 'errors' || chosen === 'bytesIn' || chosen === 'bytesOut' ? chosen : 'requests';
  const days = daysOf(count, Date.now());
  const span = [days[0] ?? '', days.at(-1) ?? ''] as const;
  const keys = useQuery({ ...keyUsageQuery(user, ...span), enabled: !everybody });
  const people = useQuery({ ...userUsageQuery(...span), enabled: everybody });
  const { error, refetch } = everybody ? people : keys;
  const nameOfKey = useKeyNames(userId);
  const nameOfUser = useUserNames(everybody);
  const rest = t('usage.rest');
  const series = everybody
    ? people.data &&
      seriesOf(
        people.data,
        days,
        row => nameOfUser(row.userId),
        row => row[measure],
        rest,
      )
    : keys.data &&
      seriesOf(
        keys.data,
        days,
        row => (row.accessKey ? nameOfKey(row.accessKey) : t('usage.console')),
        row => row[measure],
        rest,
      );
  const inBytes = measure === 'bytesIn' || measure === 'bytesOut';
  return (
    <Section
      title={t('usage.keys')}
      hint={everybody ? t('usage.everybodyHint') : t('usage.keysHint')}
      action={<Tools of="keys" />}
    >
      <Plot
        days={days}
        series={series}
        error={error}
        refetch={refetch}
        denied={t('people.denied')}
        empty={t('usage.noRequests')}
        title={t(`usage.show.${measure}`)}
        format={inBytes ? bytes : number}
        base={inBytes ? 2 : 10}
      />
    </Section>
  );
}

/** Returns how a user is called; whoever is gone, by the id. */
function useUserNames(enabled: boolean): (userId: string | undefined) => string {
  const { t } = useI18n();
  const { data } = useQuery({ ...usersQuery, enabled });
  const names = new Map(data?.map(user => [user.id, nameOf(user)]));
  return userId => (userId ? (names.get(userId) ?? userId) : t('usage.rest'));
}

/** Returns how a key is called: by its description, else by its ends. */
function useKeyNames(userId: string): (accessKey: string) => string {
  const session = useSession();
  const own = userId === session.user.id;
  const { data: mine } = useQuery({ ...keysQuery, enabled: own });
  const { data: theirs } = useQuery({ ...allKeysQuery, enabled: !own && userId !== all });
  const words = new Map(
    own
      ? mine?.map(key => [key.properties.accessKey, key.properties.description])
      : theirs?.map(key => [key.accessKey, key.description]),
  );
  return accessKey => {
    const short = `${accessKey.slice(0, 8)}…${accessKey.slice(-6)}`;
    const description = words.get(accessKey);
    return description ? `${description} (${short})` : short;
  };
}

function Tools({ of }: { of: 'buckets' | 'keys' }) {
  return (
    <div className={classes.tools}>
      {of === 'keys' && <WhoseKeys />}
      <Choices of={of} />
    </div>
  );
}

function WhoseKeys() {
  const { t } = useI18n();
  const session = useSession();
  const manages = mayManage(session);
  const { user, change } = useUsageSearch();
  const { data: users } = useQuery({ ...usersQuery, enabled: manages });
  if (!manages || !users) return null;
  return (
    <NativeSelect
      label={t('usage.whose')}
      value={user ?? session.user.id}
      onChange={event => {
        const { value } = event.currentTarget;
        void change({ user: value === session.user.id ? undefined : value });
      }}
      data={[{ value: all, label: t('usage.everybody') }, ...users.map(one => ({ value: one.id, label: nameOf(one) }))]}
    />
  );
}
