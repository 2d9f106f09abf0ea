import { Alert, Badge, Button, NativeSelect, Text, TextInput } from '@mantine/core';
import { IconFilterOff, IconHistory, IconShieldCheck } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { AuditRecord, AuditReport, User } from '../../api/types.ts';
import { type Translate, useI18n } from '../../i18n/index.tsx';
import { type AuditSearch, paths } from '../../routes/paths.ts';
import { useTitle } from '../../shell/useTitle.ts';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { PageHeader, Section } from '../../ui/Section.tsx';
import { EmptyState, FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { nameOf, usersQuery } from '../people/people.ts';
import { mayManage, useSession } from '../session/session.ts';
import { deviceOf } from '../sessions/device.ts';
import classes from './records.module.css';
import { actionsOf, auditQuery, knownAction, type Recorded, verifyAudit } from './records.ts';

/** Groups of actions that can be chosen, by the beginning they have in common. */
const families = ['coffer:*', 's3:*'] as const;

/** What was done in the contract. */
export function AuditPage() {
  const { t } = useI18n();
  const search = useSearch({ from: '/shell/management/audit' });
  const navigate = useNavigate();
  const manages = mayManage(useSession());
  const { data: users } = useQuery({ ...usersQuery, enabled: manages });
  return (
    <AuditLog
      of="contract"
      hint={t('audit.hint')}
      deniedHint={t('people.denied')}
      search={search}
      onSearch={next => navigate({ to: paths.audit, search: next, replace: true })}
      people={manages ? (users ?? []) : undefined}
    />
  );
}

interface LogProps {
  of: Recorded;
  hint: string;
  /** What whoever may not read it is told. */
  deniedHint: string;
  search: AuditSearch;
  onSearch: (search: AuditSearch) => void;
  /** Who can be chosen as the one who did it; undefined where that is no question. */
  people?: User[];
}

/** What was done, newest first, and whether the record of it is whole. */
export function AuditLog({ of, hint, deniedHint, search, onSearch, people }: LogProps) {
  const { t } = useI18n();
  const list = useInfiniteQuery(auditQuery(of, search));
  const records = list.data?.pages.flatMap(page => page.items);
  const filtered = Object.values(search).some(Boolean);
  useTitle(t('audit.title'));

  return (
    <>
      <PageHeader title={t('audit.title')} hint={hint} action={<VerifyButton of={of} />} />
      <Section title={t('audit.records')}>
        <Filters of={of} search={search} onSearch={onSearch} people={people} />
        {list.error && !records ? (
          <FailureState error={list.error} onRetry={list.refetch} deniedHint={deniedHint} />
        ) : !records ? (
          <Loading />
        ) : records.length === 0 ? (
          filtered ? (
            <EmptyState
              icon={<IconFilterOff size={28} />}
              title={t('audit.noneFound')}
              actions={
                <Button variant="default" onClick={() => onSearch({})}>
                  {t('people.findClear')}
                </Button>
              }
            />
          ) : (
            <EmptyState icon={<IconHistory size={28} />} title={t('audit.none')}>
              {t('audit.noneText')}
            </EmptyState>
          )
        ) : (
          <ol className={classes.list} reversed>
            {records.map(record => (
              <Entry key={record.number} record={record} />
            ))}
          </ol>
        )}
        {records && <FailureAlert error={list.error} />}
        {list.hasNextPage && (
          <div className={classes.more}>
            <Button variant="default" loading={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
              {t('audit.older')}
            </Button>
          </div>
        )}
      </Section>
    </>
  );
}

function Filters({ of, search, onSearch, people }: Pick<LogProps, 'of' | 'search' | 'onSearch' | 'people'>) {
  const { t } = useI18n();
  const change = (part: AuditSearch) => onSearch({ ...search, ...part });
  return (
    <div className={classes.tools}>
      {people && (
        <NativeSelect
          label={t('audit.by')}
          value={search.by ?? ''}
          onChange={event => change({ by: event.currentTarget.value || undefined })}
          data={[
            { value: '', label: t('audit.anybody') },
            ...people.map(one => ({ value: one.id, label: nameOf(one) })),
          ]}
        />
      )}
      <NativeSelect
        label={t('audit.action')}
        value={search.action ?? ''}
        onChange={event => change({ action: event.currentTarget.value || undefined })}
        data={[
          { value: '', label: t('audit.anything') },
          ...(of === 'contract' ? families.map(value => ({ value, label: t(`audit.family.${value}`) })) : []),
          ...actionsOf[of].map(one => ({ value: `coffer:${one}`, label: t(`audit.do.${one}`) })),
        ]}
      />
      <NativeSelect
        label={t('audit.result')}
        value={search.result ?? ''}
        onChange={event => change({ result: (event.currentTarget.value as AuditSearch['result']) || undefined })}
        data={[
          { value: '', label: t('audit.anyResult') },
          { value: 'done', label: t('audit.done') },
          { value: 'refused', label: t('audit.refused') },
        ]}
      />
      <TextInput
        type="date"
        label={t('audit.from')}
        value={search.from ?? ''}
        onChange={event => change({ from: event.currentTarget.value || undefined })}
      />
      <TextInput
        type="date"
        label={t('audit.to')}
        value={search.to ?? ''}
        onChange={event => change({ to: event.currentTarget.value || undefined })}
      />
    </div>
  );
}

/** Says in plain words what was done; S3's own names stay as they are. */
export function actionText(t: Translate, record: Pick<AuditRecord, 'action'>): string {
  const known = knownAction(record);
  if (known) return t(`audit.do.${known}`);
  const name = record.action.replace(/^\w+:/, '');
  if (name === 'CreateBucket') return t('audit.createBucket');
  if (name === 'DeleteBucket') return t('audit.deleteBucket');
  return t('audit.other', { name });
}

/** Says in a few words which browser it was; programs name themselves. The command line tells the whole name. */
function programText(t: Translate, program: string): string {
  const { browser, system } = deviceOf(program);
  if (!program.startsWith('Mozilla/') || !browser) return program;
  return system ? t('sessions.on', { browser, system }) : browser;
}

function Entry({ record }: { record: AuditRecord }) {
  const { t, dateTime } = useI18n();
  const who = record.operator ? t('audit.operator') : (record.byName ?? record.by ?? t('audit.nobody'));
  const about = [record.userName ?? record.user, record.subject, record.detail].filter(Boolean).join(' · ');
  const where = [
    record.via && t(`audit.via.${record.via}`),
    record.accessKey && `${record.accessKey.slice(0, 8)}…${record.accessKey.slice(-6)}`,
    record.source,
    programText(t, record.program ?? ''),
  ];
  return (
    <li className={classes.entry}>
      <Text size="sm" c="dimmed" className={classes.time}>
        {dateTime(record.time)}
      </Text>
      <div className={classes.what}>
        <Text size="sm">
          <strong>{actionText(t, record)}</strong>
          {' · '}
          {record.by && record.byName ? (
            <Link to={paths.user} params={{ userId: record.by }} className={classes.link}>
              {who}
            </Link>
          ) : (
            who
          )}
        </Text>
        {about && <Text size="sm">{about}</Text>}
        <Text size="xs" c="dimmed">
          {where.filter(Boolean).join(' · ')}
          {record.reason && ` · ${t('audit.because', { reason: record.reason })}`}
        </Text>
      </div>
      {record.result === 'refused' ? (
        <Badge color="red">{t('audit.refusedTimes', { count: record.count ?? 1 })}</Badge>
      ) : (
        <Badge color="gray">{t('audit.number', { n: record.number })}</Badge>
      )}
    </li>
  );
}

function VerifyButton({ of }: Pick<LogProps, 'of'>) {
  const { t } = useI18n();
  const [report, setReport] = useState<AuditReport | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  async function verify() {
    setBusy(true);
    setError(null);
    setReport(null);
    try {
      setReport(await verifyAudit(of));
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  }

  return (
    <div>
      <Button variant="default" loading={busy} leftSection={<IconShieldCheck size={18} aria-hidden />} onClick={verify}>
        {t('audit.verify')}
      </Button>
      <FailureAlert error={error} />
      {report && (
        <Alert
          mt="sm"
          role="status"
          color={report.whole ? 'tide' : 'red'}
          title={
            report.whole ? t('audit.whole', { count: report.records }) : t('audit.broken', { n: report.broken ?? 0 })
          }
        >
          {report.whole ? t('audit.wholeText') : report.why}
          <div className={classes.head}>
            <strong>{t('audit.head')}</strong>
            <span className={classes.hash}>{report.head}</span>
            <CopyButton value={report.head} what={t('audit.head')} />
          </div>
        </Alert>
      )}
    </div>
  );
}
