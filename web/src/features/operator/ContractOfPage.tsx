import { Badge, Breadcrumbs, Button, Group, Stack, Table, Text, TextInput } from '@mantine/core';
import { IconFilterOff, IconPasswordUser, IconSearch, IconShieldOff } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { OperatorContract, User } from '../../api/types.ts';
import { useI18n, useT } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import { useTitle } from '../../shell/useTitle.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { CopyField, Field, FieldList } from '../../ui/Field.tsx';
import { PageHeader, Section } from '../../ui/Section.tsx';
import { EmptyState, FailureState, Loading } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { nameOf, roleOf } from '../people/people.ts';
import { QuotaCard } from '../people/QuotaSection.tsx';
import { HandOverDialog } from './CreateContract.tsx';
import classes from './operator.module.css';
import { contractOfQuery, removeFactor, resetPassword, usersOfQuery } from './operator.ts';
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
          <People contract={data.number} />
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

/** Rows shown at most; a longer list is narrowed by the field above it. */
const shownRows = 200;

function People({ contract }: { contract: number }) {
  const w = useOperatorWords();
  const { data, error, refetch } = useQuery(usersOfQuery(contract));
  const [find, setFind] = useState('');
  const client = useQueryClient();
  const [asking, setAsking] = useState<User | null>(null);
  const [factorOf, setFactorOf] = useState<User | null>(null);
  const [made, setMade] = useState<{ user: User; password: string } | null>(null);
  const wanted = find.toLowerCase();
  const found = data?.filter(user => `${nameOf(user)} ${user.properties.email}`.toLowerCase().includes(wanted)) ?? [];
  return (
    <Section
      title={w('op.people')}
      hint={w('op.peopleHint')}
      action={
        <TextInput
          type="search"
          aria-label={w('op.findUser')}
          placeholder={w('op.findUser')}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={find}
          onChange={event => setFind(event.currentTarget.value)}
        />
      }
    >
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={w('op.denied')} />
      ) : !data ? (
        <Loading />
      ) : found.length === 0 ? (
        <EmptyState
          icon={<IconFilterOff size={28} />}
          title={w('op.noUser', { find })}
          actions={
            <Button variant="default" onClick={() => setFind('')}>
              {w('op.findClear')}
            </Button>
          }
        />
      ) : (
        <UserTable users={found.slice(0, shownRows)} onReset={setAsking} onFactor={setFactorOf} />
      )}
      {found.length > shownRows && (
        <Text size="sm" c="dimmed" mt="sm">
          {w('op.more', { n: shownRows })}
        </Text>
      )}
      {asking && (
        <ConfirmDialog
          key={asking.id}
          title={w('op.resetOf', { name: nameOf(asking) })}
          confirm={w('op.reset')}
          danger
          onConfirm={async () => setMade({ user: asking, password: await resetPassword(asking.properties.email) })}
          onClose={() => setAsking(null)}
        >
          <Text size="sm">{w('op.resetText')}</Text>
        </ConfirmDialog>
      )}
      {factorOf && (
        <ConfirmDialog
          key={`factor ${factorOf.id}`}
          title={w('op.factorOf', { name: nameOf(factorOf) })}
          confirm={w('op.factor')}
          danger
          onConfirm={async () => {
            await removeFactor(contract, factorOf.id);
            await client.invalidateQueries({ queryKey: usersOfQuery(contract).queryKey });
            toast({ kind: 'done', title: w('op.factorDone', { name: nameOf(factorOf) }) });
          }}
          onClose={() => setFactorOf(null)}
        >
          <Text size="sm">{w('op.factorText')}</Text>
        </ConfirmDialog>
      )}
      {made && (
        <HandOverDialog
          title={w('op.resetDone', { name: nameOf(made.user) })}
          email={made.user.properties.email}
          password={made.password}
          onClose={() => setMade(null)}
        />
      )}
    </Section>
  );
}

interface TableProps {
  users: User[];
  onReset: (user: User) => void;
  onFactor: (user: User) => void;
}

function UserTable({ users, onReset, onFactor }: TableProps) {
  const w = useOperatorWords();
  const t = useT();
  const { dateTime } = useI18n();
  return (
    <Table verticalSpacing="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{w('op.name')}</Table.Th>
          <Table.Th className={classes.middle}>{w('op.role')}</Table.Th>
          <Table.Th className={classes.wide}>{w('op.status')}</Table.Th>
          <Table.Th className={classes.wide}>{w('op.lastLogin')}</Table.Th>
          <Table.Th>
            <span className="coffer-offscreen">{t('ui.actions')}</span>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {users.map(user => (
          <Table.Tr key={user.id}>
            <Table.Td>
              {nameOf(user)}
              <Text size="xs" c="dimmed" className={classes.wrap}>
                {user.properties.email}
              </Text>
            </Table.Td>
            <Table.Td className={classes.middle}>{t(`role.${roleOf(user)}`)}</Table.Td>
            <Table.Td className={classes.wide}>
              <Badge color={user.properties.active ? 'tide' : 'gray'}>
                {user.properties.active ? t('people.active') : t('people.inactive')}
              </Badge>
            </Table.Td>
            <Table.Td className={classes.wide}>
              {user.metadata?.lastLogin ? dateTime(user.metadata.lastLogin) : t('people.neverSignedIn')}
            </Table.Td>
            <Table.Td>
              <Group gap="xs" justify="flex-end">
                {user.properties.secAuthActive && (
                  <Button
                    size="compact-sm"
                    variant="default"
                    leftSection={<IconShieldOff size={16} aria-hidden />}
                    onClick={() => onFactor(user)}
                  >
                    {w('op.factor')}
                    <span className="coffer-offscreen"> {nameOf(user)}</span>
                  </Button>
                )}
                <Button
                  size="compact-sm"
                  variant="default"
                  leftSection={<IconPasswordUser size={16} aria-hidden />}
                  onClick={() => onReset(user)}
                >
                  {w('op.reset')}
                  <span className="coffer-offscreen"> {nameOf(user)}</span>
                </Button>
              </Group>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
