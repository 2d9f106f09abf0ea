import { Badge, Button, Group, Table, Text, TextInput } from '@mantine/core';
import { IconFilterOff, IconKey, IconPasswordUser, IconSearch, IconShieldOff } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { isCut } from '../../api/readAll.ts';
import type { User } from '../../api/types.ts';
import { useI18n, useT } from '../../i18n/index.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { CutNote, LongTable } from '../../ui/LongTable.tsx';
import { Section } from '../../ui/Section.tsx';
import { EmptyState, FailureState, Loading } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { nameOf, roleOf } from '../people/people.ts';
import { HandOverDialog } from './CreateContract.tsx';
import { ImportKeyDialog } from './ImportKey.tsx';
import classes from './operator.module.css';
import { removeFactor, resetPassword, usersOfQuery } from './operator.ts';
import { useOperatorWords } from './words.ts';

type Act = 'reset' | 'factor' | 'import';

/** The users of a contract, and what the operator does for one of them. */
export function ContractPeople({ contract }: { contract: number }) {
  const w = useOperatorWords();
  const { data, error, refetch } = useQuery(usersOfQuery(contract));
  const { data: cut } = useQuery({ ...usersOfQuery(contract), select: isCut });
  const [find, setFind] = useState('');
  const client = useQueryClient();
  const [acting, setActing] = useState<{ act: Act; user: User } | null>(null);
  const close = () => setActing(null);
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
        <UserTable users={found} onAct={(act, user) => setActing({ act, user })} />
      )}
      <CutNote cut={cut} read={data?.length ?? 0} />
      {acting?.act === 'reset' && (
        <ConfirmDialog
          key={`reset ${acting.user.id}`}
          title={w('op.resetOf', { name: nameOf(acting.user) })}
          confirm={w('op.reset')}
          danger
          onConfirm={async () =>
            setMade({ user: acting.user, password: await resetPassword(acting.user.properties.email) })
          }
          onClose={close}
        >
          <Text size="sm">{w('op.resetText')}</Text>
        </ConfirmDialog>
      )}
      {acting?.act === 'factor' && (
        <ConfirmDialog
          key={`factor ${acting.user.id}`}
          title={w('op.factorOf', { name: nameOf(acting.user) })}
          confirm={w('op.factor')}
          danger
          onConfirm={async () => {
            await removeFactor(contract, acting.user.id);
            await client.invalidateQueries({ queryKey: usersOfQuery(contract).queryKey });
            toast({ kind: 'done', title: w('op.factorDone', { name: nameOf(acting.user) }) });
          }}
          onClose={close}
        >
          <Text size="sm">{w('op.factorText')}</Text>
        </ConfirmDialog>
      )}
      {acting?.act === 'import' && <ImportKeyDialog contract={contract} user={acting.user} onClose={close} />}
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
  onAct: (act: Act, user: User) => void;
}

function UserTable({ users, onAct }: TableProps) {
  const w = useOperatorWords();
  const t = useT();
  const { dateTime } = useI18n();
  return (
    <LongTable
      rows={users}
      keyOf={user => user.id}
      head={
        <>
          <Table.Th>{w('op.name')}</Table.Th>
          <Table.Th className={classes.middle}>{w('op.role')}</Table.Th>
          <Table.Th className={classes.wide}>{w('op.status')}</Table.Th>
          <Table.Th className={classes.wide}>{w('op.lastLogin')}</Table.Th>
          <Table.Th className={classes.acts}>
            <span className="coffer-offscreen">{t('ui.actions')}</span>
          </Table.Th>
        </>
      }
      cells={user => (
        <>
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
                <ActButton act="factor" icon={<IconShieldOff size={16} aria-hidden />} user={user} onAct={onAct} />
              )}
              <ActButton act="import" icon={<IconKey size={16} aria-hidden />} user={user} onAct={onAct} />
              <ActButton act="reset" icon={<IconPasswordUser size={16} aria-hidden />} user={user} onAct={onAct} />
            </Group>
          </Table.Td>
        </>
      )}
    />
  );
}

interface ActProps {
  act: Act;
  icon: ReactNode;
  user: User;
  onAct: (act: Act, user: User) => void;
}

function ActButton({ act, icon, user, onAct }: ActProps) {
  const w = useOperatorWords();
  return (
    <Button
      className={classes.act}
      size="compact-sm"
      variant="default"
      leftSection={icon}
      onClick={() => onAct(act, user)}
    >
      {w(`op.${act}`)}
      <span className="coffer-offscreen"> {nameOf(user)}</span>
    </Button>
  );
}
