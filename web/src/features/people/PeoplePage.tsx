import { Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useT } from '../../i18n/index.tsx';
import { type PeopleTab, paths } from '../../routes/paths.ts';
import { useTitle } from '../../shell/useTitle.ts';
import { PageHeader } from '../../ui/Section.tsx';
import { AllKeysTab } from './AllKeysTab.tsx';
import { GroupsTab } from './GroupsTab.tsx';
import { UsersTab } from './UsersTab.tsx';

/** The people of the contract and their groups. */
export function PeoplePage() {
  const t = useT();
  const navigate = useNavigate();
  const { tab = 'users' } = useSearch({ from: '/shell/management/users-groups' });
  useTitle(t('shell.usersGroups'));
  return (
    <>
      <PageHeader title={t('people.title')} hint={t('people.hint')} />
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={value =>
          navigate({ to: paths.people, search: { tab: value === 'users' ? undefined : (value as PeopleTab) } })
        }
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="users">{t('people.users')}</Tabs.Tab>
          <Tabs.Tab value="groups">{t('people.groups')}</Tabs.Tab>
          <Tabs.Tab value="keys">{t('people.allKeys')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="users">
          <UsersTab />
        </Tabs.Panel>
        <Tabs.Panel value="groups">
          <GroupsTab />
        </Tabs.Panel>
        <Tabs.Panel value="keys">
          <AllKeysTab />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
