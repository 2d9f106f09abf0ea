import { Badge, Button, Modal, Group as Row, Stack, Table, TextInput } from '@mantine/core';
import { IconPlus, IconUsersGroup } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { isCut } from '../../api/readAll.ts';
import type { Group } from '../../api/types.ts';
import { useI18n, useT } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import { CutNote, LongTable } from '../../ui/LongTable.tsx';
import { Section } from '../../ui/Section.tsx';
import { EmptyState, FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import classes from './people.module.css';
import { createGroup, groupsQuery } from './people.ts';
import { useAct } from './useAct.ts';

export function GroupsTab() {
  const t = useT();
  const { data: groups, error, refetch } = useQuery(groupsQuery);
  const { data: cut } = useQuery({ ...groupsQuery, select: isCut });
  const [creating, setCreating] = useState(false);
  return (
    <Section
      title={t('people.groups')}
      hint={t('people.groupsHint')}
      action={
        <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setCreating(true)}>
          {t('people.create')}
        </Button>
      }
    >
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={t('people.denied')} />
      ) : !groups ? (
        <Loading />
      ) : groups.length === 0 ? (
        <EmptyState icon={<IconUsersGroup size={28} />} title={t('people.noGroups')} compact>
          {t('people.noGroupsText')}
        </EmptyState>
      ) : (
        <GroupTable groups={groups} />
      )}
      <CutNote cut={cut} read={groups?.length ?? 0} />
      {creating && <CreateGroupDialog onClose={() => setCreating(false)} />}
    </Section>
  );
}

function GroupTable({ groups }: { groups: Group[] }) {
  const { t, number } = useI18n();
  return (
    <LongTable
      rows={groups}
      keyOf={group => group.id}
      className={classes.table}
      head={
        <>
          <Table.Th>{t('people.name')}</Table.Th>
          <Table.Th className={classes.wide}>{t('people.members')}</Table.Th>
          <Table.Th className={classes.created}>{t('people.privileges')}</Table.Th>
        </>
      }
      cells={group => (
        <>
          <Table.Td>
            <Link to={paths.group} params={{ groupId: group.id }} className={classes.link}>
              {group.properties.name}
            </Link>
          </Table.Td>
          <Table.Td className={classes.wide}>{number(group.entities?.users?.items?.length ?? 0)}</Table.Td>
          <Table.Td className={classes.created}>
            {group.properties.s3Privilege ? <Badge>{t('people.useObjectStorage')}</Badge> : '–'}
          </Table.Td>
        </>
      )}
    />
  );
}

function CreateGroupDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const navigate = useNavigate();
  const { refresh } = useAct();
  const [name, setName] = useState('');
  const [tried, setTried] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!name.trim()) return;
    setBusy(true);
    setError(null);
    try {
      const group = await createGroup(name.trim());
      await refresh();
      toast({ kind: 'done', title: t('people.groupMade') });
      onClose();
      await navigate({ to: paths.group, params: { groupId: group.id } });
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  }

  return (
    <Modal opened onClose={onClose} title={t('people.createGroup')} closeButtonProps={{ 'aria-label': t('ui.close') }}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <TextInput
            label={t('people.groupName')}
            value={name}
            maxLength={128}
            onChange={event => setName(event.currentTarget.value)}
            error={tried && !name.trim() && t('people.required')}
            autoComplete="off"
            data-autofocus
          />
          <FailureAlert error={error} />
          <Row justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={busy}>
              {t('people.create')}
            </Button>
          </Row>
        </Stack>
      </form>
    </Modal>
  );
}
