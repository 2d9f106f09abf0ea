import { ActionIcon, NativeSelect, Table, Text, Tooltip } from '@mantine/core';
import { IconUserMinus, IconUserPlus, IconUsers } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { isCut } from '../../api/readAll.ts';
import type { Group } from '../../api/types.ts';
import { useT } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import { ExplainedButton } from '../../ui/Explained.tsx';
import { CutNote, LongTable } from '../../ui/LongTable.tsx';
import { Section } from '../../ui/Section.tsx';
import { EmptyState, FailureState, Loading } from '../../ui/States.tsx';
import classes from './people.module.css';
import { addMember, membersQuery, nameOf, removeMember, usersQuery } from './people.ts';
import { useAct } from './useAct.ts';

export function GroupMembers({ group }: { group: Group }) {
  const t = useT();
  const { data: members, error, refetch } = useQuery(membersQuery(group.id));
  const { data: cut } = useQuery({ ...membersQuery(group.id), select: isCut });
  const { data: users } = useQuery(usersQuery);
  const { act, busy } = useAct();
  const [chosen, setChosen] = useState('');
  const ids = new Set(members?.map(member => member.id));
  const others = users?.filter(user => !ids.has(user.id)) ?? [];
  const next = others.find(user => user.id === chosen) ?? others[0];
  const words = (name: string) => ({ user: name, group: group.properties.name });

  return (
    <Section title={t('people.members')} hint={t('people.membersHint')}>
      <div className={classes.add}>
        <NativeSelect
          label={t('people.addMember')}
          value={next?.id ?? ''}
          disabled={!next}
          onChange={event => setChosen(event.currentTarget.value)}
          data={others.map(user => ({ value: user.id, label: `${nameOf(user)} (${user.properties.email})` }))}
        />
        <ExplainedButton
          reason={next ? '' : t('people.allMembers')}
          loading={busy}
          leftSection={<IconUserPlus size={18} aria-hidden />}
          onClick={() => next && act(() => addMember(group.id, next.id), t('people.memberAdded', words(nameOf(next))))}
        >
          {t('people.add')}
        </ExplainedButton>
      </div>
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={t('people.denied')} />
      ) : !members ? (
        <Loading />
      ) : members.length === 0 ? (
        <EmptyState icon={<IconUsers size={28} />} title={t('people.noMembers')} compact>
          {t('people.noMembersText')}
        </EmptyState>
      ) : (
        <LongTable
          rows={members}
          keyOf={user => user.id}
          className={classes.table}
          head={
            <>
              <Table.Th>{t('people.name')}</Table.Th>
              <Table.Th className={classes.end}>
                <span className="coffer-offscreen">{t('ui.actions')}</span>
              </Table.Th>
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
              <Table.Td className={classes.end}>
                <Tooltip label={t('people.remove')}>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    disabled={busy}
                    aria-label={t('people.removeMember', { name: nameOf(user) })}
                    onClick={() =>
                      act(() => removeMember(group.id, user.id), t('people.memberRemoved', words(nameOf(user))))
                    }
                  >
                    <IconUserMinus size={18} aria-hidden />
                  </ActionIcon>
                </Tooltip>
              </Table.Td>
            </>
          )}
        />
      )}
      <CutNote cut={cut} read={members?.length ?? 0} />
    </Section>
  );
}
