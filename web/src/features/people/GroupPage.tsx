import { Button, Tabs, Text } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { type GroupTab, paths } from '../../routes/paths.ts';
import { useTitle } from '../../shell/useTitle.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { PageHeader } from '../../ui/Section.tsx';
import { FailureState, Loading } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { losing } from './allKeys.ts';
import { GroupMembers } from './GroupMembers.tsx';
import { GroupPrivileges } from './GroupPrivileges.tsx';
import { deleteGroup, groupQuery, groupsQuery, membersQuery, usersQuery } from './people.ts';
import { Stops } from './Stops.tsx';
import { useAct } from './useAct.ts';

/** One group: what it grants, and to whom. */
export function GroupPage() {
  const t = useT();
  const navigate = useNavigate();
  const { groupId } = useParams({ from: '/shell/management/users-groups/groups/$groupId' });
  const { tab = 'privileges' } = useSearch({ from: '/shell/management/users-groups/groups/$groupId' });
  const { data: group, error, refetch } = useQuery(groupQuery(groupId));
  const { data: members } = useQuery(membersQuery(groupId));
  const { data: groups } = useQuery(groupsQuery);
  const { data: users } = useQuery(usersQuery);
  const lose = losing(groups ?? [], users ?? [], groupId, members?.map(member => member.id) ?? []);
  const { refresh } = useAct();
  const [deleting, setDeleting] = useState(false);
  const name = group?.properties.name ?? '';
  useTitle(name || t('people.groups'));

  const back = (
    <Button
      variant="subtle"
      px={0}
      mb="xs"
      leftSection={<IconArrowLeft size={18} aria-hidden />}
      renderRoot={props => <Link to={paths.people} search={{ tab: 'groups' }} {...props} />}
    >
      {t('people.groups')}
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
  if (!group) return <Loading />;

  async function remove() {
    await deleteGroup(groupId);
    await navigate({ to: paths.people, search: { tab: 'groups' } });
    await refresh();
    toast({ kind: 'done', title: t('people.groupDeleted', { name }) });
  }

  return (
    <>
      {back}
      <PageHeader
        title={name}
        action={
          <Button variant="default" onClick={() => setDeleting(true)}>
            {t('people.deleteGroup')}
          </Button>
        }
      />
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={value =>
          navigate({ to: paths.group, params: { groupId }, search: { tab: (value as GroupTab) ?? undefined } })
        }
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="privileges">{t('people.privileges')}</Tabs.Tab>
          <Tabs.Tab value="members">{t('people.members')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="privileges">
          <GroupPrivileges group={group} />
        </Tabs.Panel>
        <Tabs.Panel value="members">
          <GroupMembers group={group} />
        </Tabs.Panel>
      </Tabs>
      {deleting && (
        <ConfirmDialog
          title={t('people.deleteGroupTitle', { name })}
          confirm={t('ui.delete')}
          danger
          onConfirm={remove}
          onClose={() => setDeleting(false)}
        >
          <Text size="sm">
            {group.properties.s3Privilege
              ? t('people.deleteGroupPrivileged', { count: lose.length })
              : t('people.deleteGroupText', { count: members?.length ?? 0 })}
          </Text>
          {group.properties.s3Privilege && <Stops userIds={lose} />}
        </ConfirmDialog>
      )}
    </>
  );
}
