import { Alert, Badge, Progress, Stack, Table, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { System } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { useTitle } from '../../shell/useTitle.ts';
import { CopyField, Field, FieldList } from '../../ui/Field.tsx';
import { PageHeader, Section } from '../../ui/Section.tsx';
import { FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import classes from './operator.module.css';
import { systemQuery } from './operator.ts';
import { useOperatorWords } from './words.ts';

/** How the server, its disk, its stores and its jobs are; read again every few seconds. */
export function SystemPage() {
  const w = useOperatorWords();
  const { data, error, refetch } = useQuery(systemQuery);
  useTitle(w('op.health'));
  return (
    <>
      <PageHeader title={w('op.health')} />
      {data ? (
        <Stack gap="lg">
          {/* What was read last stays, and says that it is no longer of now. */}
          <FailureAlert error={error} />
          <Verdict of={data} />
          <div className={classes.grid}>
            <Process of={data} />
            <Disk of={data.disk} />
            <Stores of={data.stores} />
            <Listeners of={data.listeners} />
          </div>
          <Jobs of={data.jobs} />
        </Stack>
      ) : error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={w('op.denied')} />
      ) : (
        <Loading />
      )}
    </>
  );
}

function Verdict({ of }: { of: System }) {
  const w = useOperatorWords();
  const problems = of.problems ?? [];
  if (of.ready && problems.length === 0)
    return (
      <Alert color="tide" icon={<IconCircleCheck size={20} aria-hidden />} title={w('op.well')} role="status">
        {w('op.wellText')}
      </Alert>
    );
  return (
    <Alert
      color={of.ready ? 'brass' : 'red'}
      icon={<IconAlertTriangle size={20} aria-hidden />}
      title={of.ready ? w('op.problems', { count: problems.length }) : w('op.notReady')}
      role="alert"
    >
      <ul className={classes.problems}>
        {problems.map(problem => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
    </Alert>
  );
}

function Process({ of }: { of: System }) {
  const w = useOperatorWords();
  const { dateTime, ago, bytes, number } = useI18n();
  const { used, limit } = of.memory;
  return (
    <Section title={w('op.process')}>
      <FieldList>
        <Field label={w('op.version')}>{of.version}</Field>
        <Field label={w('op.started')}>
          {w('op.startedText', { when: dateTime(of.started), ago: ago(of.started, Date.parse(of.now)) })}
        </Field>
        {of.host && (
          <Field label={w('op.host')}>{w('op.hostText', { host: of.host, n: number(of.processors ?? 1) })}</Field>
        )}
        <Field label={w('op.memory')}>
          {limit > 0 ? w('op.memoryOf', { used: bytes(used), limit: bytes(limit) }) : bytes(used)}
        </Field>
        <Field label={w('op.clock')}>{dateTime(of.now)}</Field>
      </FieldList>
    </Section>
  );
}

function Disk({ of }: { of: System['disk'] }) {
  const w = useOperatorWords();
  const { bytes, percent } = useI18n();
  const known = of.bytes > 0;
  const used = known ? 1 - of.free / of.bytes : 0;
  const near = of.reserve > 0 && of.free < 2 * of.reserve;
  return (
    <Section title={w('op.disk')} hint={w('op.diskHint')}>
      <FieldList>
        <CopyField label={w('op.folder')} value={of.folder} />
        <Field label={w('op.free')}>
          {known ? w('op.freeText', { free: bytes(of.free), all: bytes(of.bytes) }) : w('op.unknown')}
        </Field>
        {of.reserve > 0 && <Field label={w('op.reserve')}>{w('op.reserveText', { reserve: bytes(of.reserve) })}</Field>}
      </FieldList>
      {known && (
        <>
          <Progress
            value={used * 100}
            color={near ? 'red' : undefined}
            mt="sm"
            aria-label={w('op.used', { share: percent(used) })}
          />
          <Text size="xs" c="dimmed" mt={4} aria-hidden>
            {w('op.used', { share: percent(used) })}
          </Text>
        </>
      )}
    </Section>
  );
}

function Stores({ of }: { of: System['stores'] }) {
  const w = useOperatorWords();
  const { bytes, number } = useI18n();
  return (
    <Section title={w('op.stores')}>
      <FieldList>
        {of.map(store => (
          <Field key={store.name} label={w(`op.store.${store.name}`)}>
            <Stack gap={4} align="flex-start">
              <Badge color={store.ready ? 'tide' : 'red'}>{store.ready ? w('op.ready') : w('op.failed')}</Badge>
              {store.problem && <Text size="sm">{store.problem}</Text>}
              {store.bytes !== undefined && (
                <Text size="sm" c="dimmed">
                  {w('op.rowsText', { bytes: bytes(store.bytes), n: number(store.commits ?? 0) })}
                </Text>
              )}
            </Stack>
          </Field>
        ))}
      </FieldList>
    </Section>
  );
}

function Listeners({ of }: { of: System['listeners'] }) {
  const w = useOperatorWords();
  const { date } = useI18n();
  return (
    <Section title={w('op.listeners')}>
      <FieldList>
        {of.map(({ name, url, tls, certificateExpires }) => (
          <Field key={name} label={w(`op.listener.${name}`)}>
            <div>
              <div className={classes.wrap}>{url}</div>
              <Text size="sm" c="dimmed">
                {tls ? w('op.encrypted', { until: date(certificateExpires) }) : w('op.plain')}
              </Text>
            </div>
          </Field>
        ))}
      </FieldList>
    </Section>
  );
}

const stateColours = { waiting: 'gray', running: 'tide', failed: 'red' } as const;

function Jobs({ of }: { of: System['jobs'] }) {
  const w = useOperatorWords();
  const { dateTime } = useI18n();
  return (
    <Section title={w('op.jobs')} hint={w('op.jobsHint')}>
      <Table verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{w('op.job')}</Table.Th>
            <Table.Th>{w('op.state')}</Table.Th>
            <Table.Th className={classes.middle}>{w('op.last')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {of.map(job => (
            <Table.Tr key={job.name}>
              <Table.Td>
                <Text fw={550}>{w(`op.job.${job.name}`)}</Text>
                <Text size="sm" c="dimmed">
                  {w(`op.jobText.${job.name}`)}
                </Text>
                {job.failure && (
                  <Text size="sm" className={classes.wrap}>
                    {job.failure}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <Badge color={stateColours[job.state]}>{w(`op.state.${job.state}`)}</Badge>
              </Table.Td>
              <Table.Td className={classes.middle}>{job.ended ? dateTime(job.ended) : w('op.never')}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Section>
  );
}
