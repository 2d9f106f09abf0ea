import { Badge, Button, Table, Text, TextInput } from '@mantine/core';
import { IconFilterOff, IconPlus, IconSearch, IconTableImport } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { isCut } from '../../api/readAll.ts';
import type { Invitation, User } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import { CutNote, LongTable } from '../../ui/LongTable.tsx';
import { Section } from '../../ui/Section.tsx';
import { EmptyState, FailureState, Loading } from '../../ui/States.tsx';
import { CreateUserDialog } from './CreateUserDialog.tsx';
import classes from './people.module.css';
import { nameOf, roleOf, usersQuery } from './people.ts';
import { ShownOnce } from './UserAccess.tsx';

const ImportDialog = lazy(() => import('./ImportDialog.tsx').then(m => ({ default: m.ImportDialog })));

export function UsersTab() {
  const { t } = useI18n();
  const navigate = useNavigate();
  const { find = '' } = useSearch({ from: '/shell/management/users-groups' });
  const { data: users, error, refetch } = useQuery(usersQuery);
  const { data: cut } = useQuery({ ...usersQuery, select: isCut });
  const [dialog, setDialog] = useState<'create' | 'import' | null>(null);
  const [invited, setInvited] = useState<{ name: string; invitation: Invitation } | null>(null);
  const setFind = (text: string) => navigate({ to: paths.people, search: { find: text || undefined }, replace: true });
  const wanted = find.toLowerCase();
  const found = users?.filter(user => `${nameOf(user)} ${user.properties.email}`.toLowerCase().includes(wanted)) ?? [];

  return (
    <Section
      title={t('people.users')}
      hint={users && t('people.userCount', { count: users.length })}
      action={
        <div className={classes.tools}>
          <TextInput
            type="search"
            aria-label={t('people.find')}
            placeholder={t('people.find')}
            leftSection={<IconSearch size={16} aria-hidden />}
            value={find}
            onChange={event => setFind(event.currentTarget.value)}
          />
          <Button
            variant="default"
            leftSection={<IconTableImport size={18} aria-hidden />}
            onClick={() => setDialog('import')}
          >
            {t('people.import')}
          </Button>
          <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setDialog('create')}>
            {t('people.create')}
          </Button>
        </div>
      }
    >
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={t('people.denied')} />
      ) : !users ? (
        <Loading />
      ) : found.length === 0 ? (
        <EmptyState
          icon={<IconFilterOff size={28} />}
          title={t('people.noneFound', { find })}
          actions={
            <Button variant="default" onClick={() => setFind('')}>
              {t('people.findClear')}
            </Button>
          }
        />
      ) : (
        <UserTable users={found} />
      )}
      <CutNote cut={cut} read={users?.length ?? 0} />
      {dialog === 'create' && (
        <CreateUserDialog
          onInvited={(name, invitation) => setInvited({ name, invitation })}
          onClose={() => setDialog(null)}
        />
      )}
      {dialog === 'import' && (
        <Suspense>
          <ImportDialog onClose={() => setDialog(null)} />
        </Suspense>
      )}
      {invited && (
        <ShownOnce
          name={invited.name}
          shown={{ kind: 'invitation', invitation: invited.invitation }}
          onClose={() => setInvited(null)}
        />
      )}
    </Section>
  );
}

function UserTable({ users }: { users: User[] }) {
  const { t, date } = useI18n();
  return (
    <LongTable
      rows={users}
      keyOf={user => user.id}
      className={classes.table}
      head={
        <>
          <Table.Th>{t('people.name')}</Table.Th>
          <Table.Th className={classes.wide}>{t('people.role')}</Table.Th>
          <Table.Th className={classes.wide}>{t('shell.objectStorage')}</Table.Th>
          <Table.Th className={classes.status}>{t('people.status')}</Table.Th>
          <Table.Th className={classes.created}>{t('keys.created')}</Table.Th>
        </>
      }
      cells={user => (
        <>
          <Table.Td>
            <Link to={paths.user} params={{ userId: user.id }} className={classes.link}>
              {nameOf(user)}
            </Link>
            <Text size="xs" c="dimmed" className={classes.wrap}>
              {user.properties.email}
            </Text>
          </Table.Td>
          <Table.Td className={classes.wide}>{t(`role.${roleOf(user)}`)}</Table.Td>
          <Table.Td className={classes.wide}>
            {user.metadata?.objectStorage ? t('people.maySo') : t('people.mayNot')}
          </Table.Td>
          <Table.Td className={classes.status}>
            <Badge color={user.properties.active ? 'tide' : 'gray'}>
              {user.properties.active ? t('people.active') : t('people.inactive')}
            </Badge>
          </Table.Td>
          <Table.Td className={classes.created}>{date(user.metadata?.createdDate)}</Table.Td>
        </>
      )}
    />
  );
}
