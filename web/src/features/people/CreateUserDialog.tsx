import { Button, Checkbox, Group, Modal, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { Invitation } from '../../api/types.ts';
import { useT } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import { FailureAlert } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { passwordMin } from '../session/PasswordDialog.tsx';
import { createUser, inviteUser, nameOf, randomPassword } from './people.ts';
import { useAct } from './useAct.ts';

type Field = 'firstname' | 'lastname' | 'email' | 'password';

interface Props {
  /** Called with what is shown once, where the user is to choose a password. */
  onInvited: (name: string, invitation: Invitation) => void;
  onClose: () => void;
}

export function CreateUserDialog({ onInvited, onClose }: Props) {
  const t = useT();
  const navigate = useNavigate();
  const { refresh } = useAct();
  const [wrong, setWrong] = useState<Partial<Record<Field, string>>>({});
  const [error, setError] = useState<unknown>(null);
  const [invite, setInvite] = useState(false);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const fields = new FormData(form);
    const text = (name: Field) => String(fields.get(name) ?? '');
    const faults: Partial<Record<Field, string>> = {};
    if (!text('firstname').trim()) faults.firstname = t('people.required');
    if (!text('lastname').trim()) faults.lastname = t('people.required');
    if (!/^[^@\s]+@[^@\s]+$/.test(text('email').trim())) faults.email = t('people.emailWrong');
    if (!invite && text('password').length < passwordMin)
      faults.password = t('session.passwordRule', { count: passwordMin });
    setWrong(faults);
    const first = (Object.keys(faults) as Field[])[0];
    if (first) {
      form.querySelector<HTMLInputElement>(`[name=${first}]`)?.focus();
      return;
    }
    setBusy(true);
    setError(null);
    try {
      const user = await createUser({
        firstname: text('firstname').trim(),
        lastname: text('lastname').trim(),
        email: text('email').trim(),
        password: invite ? randomPassword() : text('password'),
        temporaryPassword: !invite && fields.get('temporaryPassword') === 'on',
        administrator: fields.get('administrator') === 'on',
      });
      await refresh();
      toast({ kind: 'done', title: t('people.userMade') });
      onClose();
      if (invite) return onInvited(nameOf(user), await inviteUser(user.id));
      await navigate({ to: paths.user, params: { userId: user.id } });
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  }

  return (
    <Modal opened onClose={onClose} title={t('people.createUser')} closeButtonProps={{ 'aria-label': t('ui.close') }}>
      <form onSubmit={submit} noValidate method="post">
        <Stack>
          <TextInput
            name="firstname"
            label={t('people.firstName')}
            maxLength={128}
            error={wrong.firstname}
            autoComplete="off"
            data-autofocus
          />
          <TextInput
            name="lastname"
            label={t('people.lastName')}
            maxLength={128}
            error={wrong.lastname}
            autoComplete="off"
          />
          <TextInput
            name="email"
            type="email"
            label={t('people.email')}
            maxLength={254}
            error={wrong.email}
            autoComplete="off"
          />
          <Checkbox
            label={t('people.createInvite')}
            description={t('people.createInviteHint')}
            checked={invite}
            onChange={event => setInvite(event.currentTarget.checked)}
          />
          {!invite && (
            <>
              <PasswordInput
                name="password"
                label={t('people.password')}
                description={t('session.passwordRule', { count: passwordMin })}
                maxLength={128}
                error={wrong.password}
                autoComplete="new-password"
                visibilityToggleButtonProps={{ 'aria-label': t('session.showPassword') }}
              />
              <Checkbox name="temporaryPassword" label={t('people.temporaryBox')} />
            </>
          )}
          <Checkbox
            name="administrator"
            label={t('people.administrator')}
            description={t('people.administratorHint')}
          />
          <FailureAlert error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={busy}>
              {t('people.create')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
