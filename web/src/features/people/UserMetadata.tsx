import { Button, Checkbox, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { User } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { ExplainedButton } from '../../ui/Explained.tsx';
import { Section } from '../../ui/Section.tsx';
import { FailureAlert } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { useSession } from '../session/session.ts';
import classes from './people.module.css';
import { deleteUser, handOver, nameOf, roleOf, updateUser, usersQuery, writable } from './people.ts';
import { QuotaSection } from './QuotaSection.tsx';
import { Stops } from './Stops.tsx';
import { UserAccess } from './UserAccess.tsx';
import { useAct } from './useAct.ts';

/** Name, mail and role of a user, and the way to take the user away. */
export function UserMetadata({ user }: { user: User }) {
  const { t } = useI18n();
  const session = useSession();
  const { refresh } = useAct();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const self = user.id === session.user.id;
  const owner = roleOf(user) === 'owner';

  async function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const text = (name: string) => String(fields.get(name) ?? '').trim();
    const ticked = (name: string, before: boolean) => (owner || self ? before : fields.get(name) === 'on');
    setBusy(true);
    setError(null);
    try {
      const before = writable(user);
      await updateUser(user.id, {
        ...before,
        firstname: text('firstname'),
        lastname: text('lastname'),
        email: text('email'),
        administrator: ticked('administrator', before.administrator ?? false),
        active: ticked('active', before.active ?? true),
        forceSecAuth: fields.get('forceSecAuth') === 'on',
      });
      await refresh();
      toast({ kind: 'done', title: t('people.saved') });
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  }

  const { firstname, lastname, email, administrator, active, forceSecAuth } = user.properties;
  return (
    <Stack gap="lg">
      <Section title={t('people.metadata')}>
        <form onSubmit={save} noValidate className={classes.form}>
          <Stack>
            <TextInput
              name="firstname"
              label={t('people.firstName')}
              defaultValue={firstname}
              maxLength={128}
              required
            />
            <TextInput name="lastname" label={t('people.lastName')} defaultValue={lastname} maxLength={128} required />
            <TextInput
              name="email"
              type="email"
              label={t('people.email')}
              defaultValue={email}
              maxLength={254}
              required
            />
            <Checkbox
              name="administrator"
              label={t('people.administrator')}
              description={owner ? t('people.ownerRole') : self ? t('people.ownRole') : t('people.administratorHint')}
              defaultChecked={administrator}
              disabled={owner || self}
            />
            <Checkbox
              name="active"
              label={t('people.active')}
              description={t('people.activeHint')}
              defaultChecked={active}
              disabled={owner || self}
            />
            <Checkbox
              name="forceSecAuth"
              label={t('people.forceFactor')}
              description={t('people.forceFactorHint')}
              defaultChecked={forceSecAuth}
            />
            <FailureAlert error={error} />
            <Group>
              <Button type="submit" loading={busy}>
                {t('people.save')}
              </Button>
            </Group>
          </Stack>
        </form>
      </Section>
      <UserAccess user={user} />
      <QuotaSection of={{ userId: user.id }} />
      <DeleteUser user={user} reason={owner ? t('people.ownerStays') : self ? t('people.selfStays') : ''} />
    </Stack>
  );
}

function DeleteUser({ user, reason }: { user: User; reason: string }) {
  const { t } = useI18n();
  const navigate = useNavigate();
  const { refresh } = useAct();
  const [asking, setAsking] = useState(false);
  const [heir, setHeir] = useState('');

  async function remove() {
    if (heir) await handOver(user.id, heir);
    await deleteUser(user.id);
    await navigate({ to: paths.people });
    await refresh();
    toast({ kind: 'done', title: t('people.userDeleted', { name: nameOf(user) }) });
  }

  return (
    <Section title={t('people.deleteUser')} hint={t('people.deleteUserHint')}>
      <ExplainedButton reason={reason} color="red.8" onClick={() => setAsking(true)}>
        {t('people.deleteUser')}
      </ExplainedButton>
      {asking && (
        <ConfirmDialog
          title={t('people.deleteUserTitle', { name: nameOf(user) })}
          confirm={t('ui.delete')}
          danger
          typed={user.properties.email}
          onConfirm={remove}
          onClose={() => setAsking(false)}
        >
          <Text size="sm">{t('people.deleteUserText')}</Text>
          <HeirField user={user} heir={heir} onChoose={setHeir} />
          <Stops userIds={[user.id]} />
        </ConfirmDialog>
      )}
    </Section>
  );
}

interface HeirProps {
  user: User;
  /** Id of who gets the buckets; empty for nobody. */
  heir: string;
  onChoose: (userId: string) => void;
}

/** Chooses who gets the user-owned buckets of a user that is to be deleted. */
function HeirField({ user, heir, onChoose }: HeirProps) {
  const { t } = useI18n();
  const { data: users } = useQuery(usersQuery);
  const fit = users?.filter(
    one => one.id !== user.id && one.properties.active !== false && one.metadata?.objectStorage !== false,
  );
  return (
    <NativeSelect
      label={t('people.heir')}
      description={t('people.heirHint')}
      value={heir}
      onChange={event => onChoose(event.currentTarget.value)}
      data={[
        { value: '', label: t('people.heirNobody') },
        ...(fit ?? []).map(one => ({ value: one.id, label: `${nameOf(one)} (${one.properties.email})` })),
      ]}
    />
  );
}
