import { Alert, Anchor, Button, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useRouter, useSearch } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import { asFailure } from '../../api/failure.ts';
import { useT } from '../../i18n/index.tsx';
import { paths, systemPages } from '../../routes/paths.ts';
import { useTitle } from '../../shell/useTitle.ts';
import { FailureAlert } from '../../ui/States.tsx';
import { EntryFrame } from '../session/EntryFrame.tsx';
import classes from '../session/SignInPage.module.css';
import { signInOperator } from './operator.ts';
import { useOperatorWords } from './words.ts';

/** Signs the operator in. The token is in the form's field alone: never in the address, in storage or in a message. */
export function OperatorSignInPage() {
  const w = useOperatorWords();
  const t = useT();
  const client = useQueryClient();
  const router = useRouter();
  const { to } = useSearch({ from: paths.operatorSignIn });
  const [busy, setBusy] = useState(false);
  const [missing, setMissing] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const form = useRef<HTMLFormElement>(null);
  useTitle(w('op.signIn'));

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get('token') ?? '').trim();
    setMissing(!token);
    const field = form.current?.querySelector<HTMLInputElement>('[name=token]');
    if (!token) {
      field?.focus();
      return;
    }
    setBusy(true);
    setError(null);
    try {
      await signInOperator(client, token);
      router.history.replace(to?.startsWith(systemPages) ? to : paths.system);
    } catch (caught) {
      setBusy(false);
      setError(caught);
      field?.select();
    }
  }

  return (
    <EntryFrame
      below={
        <footer className={classes.foot}>
          <Anchor size="sm" renderRoot={props => <Link to={paths.signIn} {...props} />}>
            {w('op.asPerson')}
          </Anchor>
        </footer>
      }
    >
      <form ref={form} onSubmit={submit} noValidate method="post" action={paths.operatorSignIn}>
        <Stack gap="lg">
          <div>
            <Title order={1} size="h2">
              {w('op.signIn')}
            </Title>
            <Text c="dimmed" size="sm" mt={4}>
              {w('op.signInText')}
            </Text>
          </div>
          {error !== null &&
            (asFailure(error).kind === 'signedOut' ? (
              <Alert
                color="red"
                role="alert"
                title={w('op.tokenWrong')}
                icon={<IconAlertTriangle size={20} aria-hidden />}
              >
                {w('op.tokenWrongText')}
              </Alert>
            ) : (
              <FailureAlert error={error} />
            ))}
          <PasswordInput
            name="token"
            label={w('op.token')}
            description={w('op.tokenHint')}
            autoComplete="off"
            autoFocus
            maxLength={512}
            size="md"
            error={missing && w('op.tokenMissing')}
            visibilityToggleButtonProps={{ 'aria-label': t('session.showPassword') }}
          />
          <Button type="submit" size="md" fullWidth loading={busy}>
            {t('session.signInButton')}
          </Button>
        </Stack>
      </form>
    </EntryFrame>
  );
}
