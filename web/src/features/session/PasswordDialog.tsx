import { Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { body, consoleApi } from '../../api/client.ts';
import { useT } from '../../i18n/index.tsx';
import { FailureAlert } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';

/** Characters a password needs at least; the server's rule. */
export const passwordMin = 10;

/** Changes one's own password. */
export function PasswordDialog({ email, onClose }: { email: string; onClose: () => void }) {
  const t = useT();
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('session.changePassword')}
      closeButtonProps={{ 'aria-label': t('ui.close') }}
    >
      <PasswordForm email={email} onDone={onClose} onCancel={onClose} />
    </Modal>
  );
}

/** Asks for the present and the new password. */
export function PasswordForm({
  email,
  onDone,
  onCancel,
}: {
  email: string;
  onDone: () => void;
  onCancel?: () => void;
}) {
  const t = useT();
  const [error, setError] = useState<unknown>(null);
  const [problem, setProblem] = useState<'short' | 'differ' | null>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const [old, fresh, again] = ['old', 'new', 'again'].map(name => String(fields.get(name) ?? '')) as [
      string,
      string,
      string,
    ];
    if (fresh.length < passwordMin) return setProblem('short');
    if (fresh !== again) return setProblem('differ');
    setProblem(null);
    setError(null);
    setBusy(true);
    try {
      await body(consoleApi.POST('/console/password', { body: { old, new: fresh } }));
      toast({ kind: 'done', title: t('session.passwordChanged'), text: t('session.passwordChangedText') });
      onDone();
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  }

  const toggle = { 'aria-label': t('session.showPassword') };
  return (
    <form onSubmit={submit} noValidate method="post">
      <Stack>
        <input type="email" name="email" value={email} readOnly hidden autoComplete="username" />
        <PasswordInput
          name="old"
          label={t('session.oldPassword')}
          autoComplete="current-password"
          data-autofocus
          visibilityToggleButtonProps={toggle}
        />
        <PasswordInput
          name="new"
          label={t('session.newPassword')}
          description={t('session.passwordRule', { count: passwordMin })}
          autoComplete="new-password"
          error={problem === 'short' && t('session.passwordRule', { count: passwordMin })}
          visibilityToggleButtonProps={toggle}
        />
        <PasswordInput
          name="again"
          label={t('session.newPasswordAgain')}
          autoComplete="new-password"
          error={problem === 'differ' && t('session.passwordsDiffer')}
          visibilityToggleButtonProps={toggle}
        />
        <Text size="sm" c="dimmed">
          {t('session.changePasswordText')}
        </Text>
        <FailureAlert error={error} />
        <Group justify="flex-end">
          {onCancel && (
            <Button variant="default" onClick={onCancel}>
              {t('ui.cancel')}
            </Button>
          )}
          <Button type="submit" loading={busy}>
            {t('session.changePassword')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
