import { Checkbox, Stack } from '@mantine/core';
import { IconUsersGroup } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { User } from '../../api/types.ts';
import { useT } from '../../i18n/index.tsx';
import { Section } from '../../ui/Section.tsx';
import { EmptyState, FailureState, Loading } from '../../ui/States.tsx';
import { addMember, groupsQuery, nameOf, removeMember, userGroupsQuery } from './people.ts';
import { useAct } from './useAct.ts';

/** The groups of a user; a tick makes it a member at once. */
export function UserGroups({ user }: { user: User }) {
  const t = useT();
  const groups = useQuery(groupsQuery);
  const mine = useQuery(userGroupsQuery(user.id));
  const { act, busy } = useAct();
  const error = groups.error ?? mine.error;

  function change(groupId: string, member: boolean, name: string) {
    const work = () => (member ? addMember(groupId, user.id) : removeMember(groupId, user.id));
    const words = { user: nameOf(user), group: name };
    void act(work, member ? t('people.memberAdded', words) : t('people.memberRemoved', words));
  }

  return (
    <Section title={t('people.groups')} hint={t('people.userGroupsHint')}>
      {error ? (
        <FailureState error={error} onRetry={() => Promise.all([groups.refetch(), mine.refetch()])} />
      ) : !groups.data || !mine.data ? (
        <Loading />
      ) : groups.data.length === 0 ? (
        <EmptyState icon={<IconUsersGroup size={28} />} title={t('people.noGroups')} compact>
          {t('people.noGroupsText')}
        </EmptyState>
      ) : (
        <Stack gap="sm">
          {groups.data.map(group => (
            <Checkbox
              key={group.id}
              label={group.properties.name}
              description={group.properties.s3Privilege ? t('people.useObjectStorage') : t('people.noPrivilege')}
              checked={mine.data.includes(group.id)}
              disabled={busy}
              onChange={event => change(group.id, event.currentTarget.checked, group.properties.name)}
            />
          ))}
        </Stack>
      )}
    </Section>
  );
}
