import { Button, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { body, consoleApi } from '../../api/client.ts';
import { useT } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import { useTitle } from '../../shell/useTitle.ts';
import { FailureAlert } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { EntryFrame } from './EntryFrame.tsx';
import { passwordMin } from './PasswordDialog.tsx';

/** Lets an invited person choose a password. The token is behind the # of the address, which browsers send nowhere. */
export function InvitationPage() {
  const t = useT();
  const navigate = useNavigate();
  const [token] = useState(() => window.location.hash.slice(1));
  const [error, setError] = useState<unknown>(null);
  const [problem, setProblem] = useState<'short' | 'differ' | null>(null);
  const [busy, setBusy] = useState(false);
  useTitle(t('session.invited'));

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const password = String(fields.get('new') ?? '');
    if (password.length < passwordMin) return setProblem('short');
    if (password !== String(fields.get('again') ?? '')) return setProblem('differ');
    setProblem(null);
    setError(null);
    setBusy(true);
    try {
      await body(consoleApi.POST('/console/invitation', { body: { token, password } }));
      toast({ kind: 'done', title: t('session.invitedDone') });
      await navigate({ to: paths.signIn, replace: true });
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  }

  const toggle = { 'aria-label': t('session.showPassword') };
  return (
    <EntryFrame>
      <form onSubmit={submit} noValidate method="post">
        <Stack gap="lg">
          <div>
            <Title order={1} size="h2">
              {t('session.invited')}
            </Title>
            <Text c="dimmed" size="sm" mt={4}>
              {t('session.invitedText')}
            </Text>
          </div>
          <PasswordInput
            name="new"
            label={t('session.newPassword')}
            description={t('session.passwordRule', { count: passwordMin })}
            autoComplete="new-password"
            size="md"
            error={problem === 'short' && t('session.passwordRule', { count: passwordMin })}
            visibilityToggleButtonProps={toggle}
          />
          <PasswordInput
            name="again"
            label={t('session.newPasswordAgain')}
            autoComplete="new-password"
            size="md"
            error={problem === 'differ' && t('session.passwordsDiffer')}
            visibilityToggleButtonProps={toggle}
          />
          <FailureAlert error={error} />
          <Button type="submit" size="md" fullWidth loading={busy}>
            {t('session.invitedSet')}
          </Button>
        </Stack>
      </form>
    </EntryFrame>
  );
}
