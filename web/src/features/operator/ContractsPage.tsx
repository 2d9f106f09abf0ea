import { Button, Table, Text, TextInput } from '@mantine/core';
import { IconFilterOff, IconPlus, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { isCut } from '../../api/readAll.ts';
import type { OperatorContract } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import { useTitle } from '../../shell/useTitle.ts';
import { CutNote, LongTable } from '../../ui/LongTable.tsx';
import { PageHeader, Section } from '../../ui/Section.tsx';
import { EmptyState, FailureState, Loading } from '../../ui/States.tsx';
import { CreateContractDialog, type MadeContract, MadeContractDialog } from './CreateContract.tsx';
import classes from './operator.module.css';
import { contractsQuery } from './operator.ts';
import { useOperatorWords } from './words.ts';

/** Every contract with its owner and what it holds; found on the server, by what the address says. */
export function ContractsPage() {
  const w = useOperatorWords();
  const navigate = useNavigate();
  const { find = '' } = useSearch({ from: '/system/system/contracts' });
  const { data, error, refetch } = useQuery(contractsQuery(find));
  const { data: cut } = useQuery({ ...contractsQuery(find), select: isCut });
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState<MadeContract | null>(null);
  const setFind = (text: string) =>
    navigate({ to: paths.contracts, search: { find: text || undefined }, replace: true });
  useTitle(w('op.contracts'));
  return (
    <>
      <PageHeader title={w('op.contracts')} />
      <Section
        title={w('op.contracts')}
        hint={data && w('op.contractCount', { count: data.length })}
        action={
          <div className={classes.tools}>
            <TextInput
              type="search"
              aria-label={w('op.findContract')}
              placeholder={w('op.findContract')}
              leftSection={<IconSearch size={16} aria-hidden />}
              value={find}
              maxLength={254}
              onChange={event => setFind(event.currentTarget.value)}
            />
            <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setCreating(true)}>
              {w('op.create')}
            </Button>
          </div>
        }
      >
        {error ? (
          <FailureState error={error} onRetry={refetch} deniedHint={w('op.denied')} />
        ) : !data ? (
          <Loading />
        ) : data.length === 0 ? (
          <EmptyState
            icon={<IconFilterOff size={28} />}
            title={w('op.noContract', { find })}
            actions={
              <Button variant="default" onClick={() => setFind('')}>
                {w('op.findClear')}
              </Button>
            }
          />
        ) : (
          <ContractTable contracts={data} />
        )}
        <CutNote cut={cut} read={data?.length ?? 0} />
      </Section>
      {creating && <CreateContractDialog onMade={setMade} onClose={() => setCreating(false)} />}
      {made && <MadeContractDialog made={made} onClose={() => setMade(null)} />}
    </>
  );
}

function ContractTable({ contracts }: { contracts: OperatorContract[] }) {
  const w = useOperatorWords();
  const { date, number, bytes } = useI18n();
  return (
    <LongTable
      rows={contracts}
      keyOf={one => one.number}
      head={
        <>
          <Table.Th>{w('op.name')}</Table.Th>
          <Table.Th className={classes.middle}>{w('op.owner')}</Table.Th>
          <Table.Th className={classes.wide}>{w('op.users')}</Table.Th>
          <Table.Th className={classes.wide}>{w('op.buckets')}</Table.Th>
          <Table.Th>{w('op.stored')}</Table.Th>
          <Table.Th className={classes.wide}>{w('op.created')}</Table.Th>
        </>
      }
      cells={one => (
        <>
          <Table.Td>
            <Link to={paths.contractOf} params={{ number: String(one.number) }} className={classes.link}>
              {one.name}
            </Link>
            <Text size="xs" c="dimmed" className={classes.number}>
              {one.number}
            </Text>
          </Table.Td>
          <Table.Td className={classes.middle}>
            {one.ownerName}
            <Text size="xs" c="dimmed" className={classes.wrap}>
              {one.ownerEmail}
            </Text>
          </Table.Td>
          <Table.Td className={classes.wide}>{number(one.users ?? 0)}</Table.Td>
          <Table.Td className={classes.wide}>{number(one.buckets ?? 0)}</Table.Td>
          <Table.Td className={classes.number}>
            {one.quotaBytes ? `${bytes(one.bytes ?? 0)} / ${bytes(one.quotaBytes)}` : bytes(one.bytes ?? 0)}
          </Table.Td>
          <Table.Td className={classes.wide}>{date(one.createdDate)}</Table.Td>
        </>
      )}
    />
  );
}
