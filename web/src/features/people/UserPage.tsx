import { Button, Tabs } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useT } from '../../i18n/index.tsx';
import { paths, type UserTab } from '../../routes/paths.ts';
import { useTitle } from '../../shell/useTitle.ts';
import { PageHeader } from '../../ui/Section.tsx';
import { FailureState, Loading } from '../../ui/States.tsx';
import { OpenStorage } from './OpenStorage.tsx';
import { nameOf, roleOf, userQuery } from './people.ts';
import { UserGroups } from './UserGroups.tsx';
import { UserKeys } from './UserKeys.tsx';
import { UserMetadata } from './UserMetadata.tsx';
import { UserSessions } from './UserSessions.tsx';

/** One user: who it is, in which groups, with which keys, signed in where. */
export function UserPage() {
  const t = useT();
  const navigate = useNavigate();
  const { userId } = useParams({ from: '/shell/management/users-groups/users/$userId' });
  const { tab = 'metadata' } = useSearch({ from: '/shell/management/users-groups/users/$userId' });
  const { data: user, error, refetch } = useQuery(userQuery(userId));
  useTitle(user ? nameOf(user) : t('people.users'));

  const back = (
    <Button
      variant="subtle"
      px={0}
      mb="xs"
      leftSection={<IconArrowLeft size={18} aria-hidden />}
      renderRoot={props => <Link to={paths.people} {...props} />}
    >
      {t('people.users')}
    </Button>
  );
  if (error) {
    return (
      <>
        {back}
        <FailureState error={error} onRetry={refetch} deniedHint={t('people.denied')} />
      </>
    );
  }
  if (!user) return <Loading />;
  return (
    <>
      {back}
      <PageHeader
        title={nameOf(user)}
        hint={`${t(`role.${roleOf(user)}`)} · ${user.properties.email}`}
        action={<OpenStorage user={user} />}
      />
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={value =>
          navigate({ to: paths.user, params: { userId }, search: { tab: (value as UserTab) ?? undefined } })
        }
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="metadata">{t('people.metadata')}</Tabs.Tab>
          <Tabs.Tab value="groups">{t('people.groups')}</Tabs.Tab>
          <Tabs.Tab value="keys">{t('people.keys')}</Tabs.Tab>
          <Tabs.Tab value="sessions">{t('sessions.title')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="metadata">
          <UserMetadata key={user.metadata?.etag ?? user.id} user={user} />
        </Tabs.Panel>
        <Tabs.Panel value="groups">
          <UserGroups user={user} />
        </Tabs.Panel>
        <Tabs.Panel value="keys">
          <UserKeys user={user} />
        </Tabs.Panel>
        <Tabs.Panel value="sessions">
          <UserSessions user={user} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
