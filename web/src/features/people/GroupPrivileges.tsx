import { Checkbox, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Group } from '../../api/types.ts';
import { useT } from '../../i18n/index.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { Section } from '../../ui/Section.tsx';
import { losing } from './allKeys.ts';
import { groupsQuery, membersQuery, updateGroup, usersQuery } from './people.ts';
import { Stops } from './Stops.tsx';
import { useAct } from './useAct.ts';

/** What a group grants. Taking the privilege away from people asks first and names whom it hits. */
export function GroupPrivileges({ group }: { group: Group }) {
  const t = useT();
  const { act, refresh, busy } = useAct();
  const { data: members } = useQuery(membersQuery(group.id));
  const { data: groups } = useQuery(groupsQuery);
  const { data: users } = useQuery(usersQuery);
  const lose = losing(groups ?? [], users ?? [], group.id, members?.map(member => member.id) ?? []);
  const [asking, setAsking] = useState(false);
  const set = (s3Privilege: boolean) => updateGroup(group.id, { ...group.properties, s3Privilege });
  const setLog = (accessActivityLog: boolean) => updateGroup(group.id, { ...group.properties, accessActivityLog });

  return (
    <Section title={t('people.privileges')} hint={t('people.privilegesHint')}>
      <Checkbox
        label={t('people.useObjectStorage')}
        description={t('people.useObjectStorageHint')}
        checked={group.properties.s3Privilege === true}
        disabled={busy}
        onChange={event => {
          if (event.currentTarget.checked) void act(() => set(true), t('people.privilegeGiven'));
          else if (members?.length === 0) void act(() => set(false), t('people.privilegeTaken'));
          else setAsking(true);
        }}
      />
      <Checkbox
        mt="sm"
        label={t('people.accessActivityLog')}
        description={t('people.accessActivityLogHint')}
        checked={group.properties.accessActivityLog === true}
        disabled={busy}
        onChange={event => {
          const on = event.currentTarget.checked;
          void act(() => setLog(on), t(on ? 'people.privilegeGiven' : 'people.privilegeTaken'));
        }}
      />
      {asking && (
        <ConfirmDialog
          title={t('people.takePrivilege')}
          confirm={t('people.takePrivilegeConfirm')}
          danger
          onConfirm={async () => {
            await set(false);
            await refresh();
          }}
          onClose={() => setAsking(false)}
        >
          <Text size="sm">{t('people.takePrivilegeText', { count: lose.length })}</Text>
          <Stops userIds={lose} />
        </ConfirmDialog>
      )}
    </Section>
  );
}
