import { Breadcrumbs, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { OperatorContract } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import { useTitle } from '../../shell/useTitle.ts';
import { CopyField, Field, FieldList } from '../../ui/Field.tsx';
import { PageHeader, Section } from '../../ui/Section.tsx';
import { FailureState, Loading } from '../../ui/States.tsx';
import { QuotaCard } from '../people/QuotaSection.tsx';
import { ContractPeople } from './ContractPeople.tsx';
import classes from './operator.module.css';
import { contractOfQuery } from './operator.ts';
import { useOperatorWords } from './words.ts';

/** One contract: what is in it, what it may hold, and who is in it. */
export function ContractOfPage() {
  const w = useOperatorWords();
  const { number } = useParams({ from: '/system/system/contracts/$number' });
  const { data, error, refetch } = useQuery(contractOfQuery(Number(number)));
  useTitle(w('op.contract', { number }));
  return (
    <>
      <nav aria-label={w('op.contracts')}>
        <Breadcrumbs mb="xs">
          <Link to={paths.contracts} className={classes.link}>
            {w('op.contracts')}
          </Link>
          <span>{number}</span>
        </Breadcrumbs>
      </nav>
      <PageHeader title={data?.name ?? w('op.contract', { number })} />
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={w('op.denied')} />
      ) : !data ? (
        <Loading />
      ) : (
        <Stack gap="lg">
          <Overview of={data} />
          <QuotaCard of={{ contract: data.number }} hint={w('op.quotaHint')} editable />
          <ContractPeople contract={data.number} />
        </Stack>
      )}
    </>
  );
}

function Overview({ of }: { of: OperatorContract }) {
  const w = useOperatorWords();
  const { bytes, number, dateTime } = useI18n();
  const objects = of.objects ?? 0;
  return (
    <Section title={w('op.overview')}>
      <FieldList>
        <CopyField label={w('op.number')} value={String(of.number)} />
        <Field label={w('op.owner')}>
          <span className={classes.wrap}>
            {of.ownerName}, {of.ownerEmail}
          </span>
        </Field>
        <Field label={w('op.users')}>{number(of.users ?? 0)}</Field>
        <Field label={w('op.buckets')}>{number(of.buckets ?? 0)}</Field>
        <Field label={w('op.stored')}>
          {w('op.storedText', { count: objects, n: number(objects), bytes: bytes(of.bytes ?? 0) })}
        </Field>
        <Field label={w('op.created')}>{dateTime(of.createdDate)}</Field>
      </FieldList>
    </Section>
  );
}
