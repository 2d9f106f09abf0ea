import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconAlertTriangle, IconLockOpen } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useRouter, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { asFailure, type Failure } from '../../api/failure.ts';
import { locales, useI18n } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import { useTitle } from '../../shell/useTitle.ts';
import { explain } from '../../ui/States.tsx';
import { EntryFrame } from './EntryFrame.tsx';
import classes from './SignInPage.module.css';
import { infoQuery, signIn } from './session.ts';

/** Signs a person in. The password is in the form's field alone: never in the address, in storage or in a message. */
export function SignInPage() {
  const { t, locale, setLocale } = useI18n();
  useTitle(t('session.signIn'));
  const client = useQueryClient();
  const router = useRouter();
  const { to } = useSearch({ from: paths.signIn });
  const { data: info } = useQuery(infoQuery);
  const [busy, setBusy] = useState(false);
  const [missing, setMissing] = useState({ email: false, password: false });
  const [failure, setFailure] = useState<Failure | null>(null);
  const wait = useCountdown(failure);
  const form = useRef<HTMLFormElement>(null);
  const [second, setSecond] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy || wait > 0) return;
    const fields = new FormData(event.currentTarget);
    const email = String(fields.get('email') ?? '').trim();
    const password = String(fields.get('password') ?? '');
    setMissing({ email: !email, password: !password });
    if (!email || !password) {
      const first = email ? 'password' : 'email';
      form.current?.querySelector<HTMLInputElement>(`[name=${first}]`)?.focus();
      return;
    }
    setBusy(true);
    setFailure(null);
    try {
      await signIn(client, email, password, second ? String(fields.get('code') ?? '').trim() : undefined);
      router.history.replace(to ?? paths.objectStorage);
    } catch (error) {
      setBusy(false);
      const refused = asFailure(error);
      if (refused.code === 'SecondFactor' && !second) {
        setSecond(true);
        return;
      }
      setFailure(refused);
      if (refused.code === 'SecondFactor') {
        form.current?.querySelector<HTMLInputElement>('[name=code]')?.select();
        return;
      }
      form.current?.querySelector<HTMLInputElement>('[name=password]')?.select();
    }
  }

  return (
    <EntryFrame
      below={
        <>
          <Hints hints={info?.signInHints ?? []} plain={info ? !info.tls : false} />
          <footer className={classes.foot}>
            <fieldset className={classes.languages} aria-label={t('shell.language')}>
              {locales.map(language => (
                <Anchor
                  key={language.id}
                  component="button"
                  type="button"
                  size="sm"
                  lang={language.id}
                  aria-pressed={locale === language.id}
                  fw={locale === language.id ? 650 : 400}
                  onClick={() => setLocale(language.id)}
                >
                  {language.name}
                </Anchor>
              ))}
            </fieldset>
            <Anchor size="sm" renderRoot={props => <Link to={paths.operatorSignIn} {...props} />}>
              {t('session.asOperator')}
            </Anchor>
            {info && (
              <Text c="dimmed" size="xs">
                {info.product} {info.version}
              </Text>
            )}
          </footer>
        </>
      }
    >
      <form ref={form} onSubmit={submit} noValidate method="post" action="/sign-in">
        <Stack gap="lg">
          <div>
            <Title order={1} size="h2">
              {t('session.signIn')}
            </Title>
            <Text c="dimmed" size="sm" mt={4}>
              {t('session.signInText')}
            </Text>
          </div>
          {failure && <SignInAlert failure={failure} wait={wait} />}
          <TextInput
            name="email"
            type="email"
            label={t('session.email')}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
            maxLength={254}
            size="md"
            error={missing.email && t('session.emailMissing')}
          />
          <PasswordInput
            name="password"
            label={t('session.password')}
            autoComplete="current-password"
            maxLength={128}
            size="md"
            error={missing.password && t('session.passwordMissing')}
            visibilityToggleButtonProps={{ 'aria-label': t('session.showPassword') }}
          />
          {second && (
            <TextInput
              name="code"
              label={t('session.code')}
              description={t('session.codeHint')}
              autoComplete="one-time-code"
              autoCapitalize="none"
              spellCheck={false}
              autoFocus
              maxLength={64}
              size="md"
            />
          )}
          <Button type="submit" size="md" fullWidth loading={busy} disabled={wait > 0}>
            {t('session.signInButton')}
          </Button>
        </Stack>
      </form>
    </EntryFrame>
  );
}

/** Returns the seconds that still have to pass before another try; the server said how many. */
function useCountdown(failure: Failure | null): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const end = failure?.kind === 'limited' ? Date.now() + Math.max(failure.retryAfter, 1) * 1000 : 0;
    const tick = () => setLeft(Math.max(0, Math.ceil((end - Date.now()) / 1000)));
    tick();
    if (!end) return;
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [failure]);
  return left;
}

function SignInAlert({ failure, wait }: { failure: Failure; wait: number }) {
  const { t, duration } = useI18n();
  let title: string;
  let text: string;
  if (failure.code === 'SecondFactor') {
    title = t('session.codeWrong');
    text = t('session.codeWrongText');
  } else if (failure.kind === 'signedOut') {
    title = t('session.wrong');
    text = t('session.wrongText');
  } else if (failure.kind === 'limited') {
    title = t('session.locked');
    text = t('session.lockedText');
  } else {
    ({ title, text } = explain(t, failure));
  }
  return (
    <Alert color="red" role="alert" title={title} icon={<IconAlertTriangle size={20} aria-hidden />}>
      {text}
      {wait > 0 && (
        <Text size="sm" mt={4} aria-hidden>
          {t('session.tryIn', { time: duration(wait) })}
        </Text>
      )}
    </Alert>
  );
}

function Hints({ hints, plain }: { hints: string[]; plain: boolean }) {
  const { t } = useI18n();
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);
  if (hints.length === 0 && (!plain || local)) return null;
  return (
    <Stack gap={6} mt="md">
      {plain && !local && (
        <Alert color="brass" icon={<IconLockOpen size={20} aria-hidden />}>
          {t('session.plain')}
        </Alert>
      )}
      {hints.map(hint => (
        <Text key={hint} c="dimmed" size="sm" ta="center">
          {hint}
        </Text>
      ))}
    </Stack>
  );
}
