import { Button, NativeSelect, Popover, Stack, Text, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { IconChevronDown, IconKey, IconLogout, IconShieldLock } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import type { Session } from '../api/types.ts';
import { signOut } from '../features/session/session.ts';
import { transfers } from '../features/transfers/store.ts';
import { type Locale, locales, useI18n } from '../i18n/index.tsx';
import { paths } from '../routes/paths.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import classes from './UserMenu.module.css';

const PasswordDialog = lazy(() =>
  import('../features/session/PasswordDialog.tsx').then(m => ({ default: m.PasswordDialog })),
);

const SecondFactorDialog = lazy(() =>
  import('../features/session/SecondFactor.tsx').then(m => ({ default: m.SecondFactorDialog })),
);

/** Who is signed in, for which contract; language, colour scheme, password and the way out. */
export function UserMenu({ session }: { session: Session }) {
  const { t } = useI18n();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const [dialog, setDialog] = useState<'password' | 'factor' | 'leave' | null>(null);
  const { user, contract } = session;
  const name = `${user.firstname} ${user.lastname}`.trim() || user.email;
  const initials = `${user.firstname[0] ?? user.email[0] ?? ''}${user.lastname[0] ?? ''}`.toUpperCase();

  async function leave() {
    transfers.cancelAll();
    await signOut(client).catch(() => undefined);
    await navigate({ to: paths.signIn });
  }

  function ask(what: 'password' | 'factor' | 'leave') {
    setOpen(false);
    if (what === 'leave' && transfers.running() === 0) void leave();
    else setDialog(what);
  }

  return (
    <>
      <div className={classes.contract}>
        <span className={classes.label}>{t('shell.contract')}</span> <span>{contract.number}</span>
      </div>
      <Popover position="bottom-end" width={280} trapFocus returnFocus shadow="md" opened={open} onChange={setOpen}>
        <Popover.Target>
          <UnstyledButton className={classes.button} onClick={() => setOpen(!open)}>
            <span className={classes.initials} data-initials={initials} aria-hidden />
            <span className="coffer-offscreen">{t('shell.account')} </span>
            <span className={classes.name}>{name}</span>
            <IconChevronDown size={16} aria-hidden />
          </UnstyledButton>
        </Popover.Target>
        <Popover.Dropdown aria-label={t('shell.account')}>
          <Stack gap="sm">
            <div>
              <Text fw={600} size="sm">
                {name}
              </Text>
              <Text c="dimmed" size="xs" className={classes.wrap}>
                {user.email}
              </Text>
              <Text c="dimmed" size="xs">
                {t(`role.${user.role}`)} · {contract.name || t('shell.contract')} {contract.number}
              </Text>
            </div>
            <Preferences />
            <div className={classes.acts}>
              <Button
                variant="subtle"
                color="gray"
                justify="flex-start"
                leftSection={<IconKey size={18} aria-hidden />}
                onClick={() => ask('password')}
              >
                {t('session.changePassword')}
              </Button>
              <Button
                variant="subtle"
                color="gray"
                justify="flex-start"
                leftSection={<IconShieldLock size={18} aria-hidden />}
                onClick={() => ask('factor')}
              >
                {t('session.factor')}
              </Button>
              <Button
                variant="subtle"
                color="gray"
                justify="flex-start"
                leftSection={<IconLogout size={18} aria-hidden />}
                onClick={() => ask('leave')}
              >
                {t('session.signOut')}
              </Button>
            </div>
          </Stack>
        </Popover.Dropdown>
      </Popover>
      {dialog === 'password' && (
        <Suspense>
          <PasswordDialog onClose={() => setDialog(null)} email={user.email} />
        </Suspense>
      )}
      {dialog === 'factor' && (
        <Suspense>
          <SecondFactorDialog onClose={() => setDialog(null)} />
        </Suspense>
      )}
      {dialog === 'leave' && (
        <ConfirmDialog
          title={t('session.leaveTitle')}
          confirm={t('session.signOut')}
          danger
          onConfirm={leave}
          onClose={() => setDialog(null)}
        >
          {t('session.leaveText', { count: transfers.running() })}
        </ConfirmDialog>
      )}
    </>
  );
}

/** Language and colour scheme; kept in the browser. */
function Preferences() {
  const { t, locale, setLocale } = useI18n();
  // Switching transitions off meanwhile would need an inline style, which the page's policy forbids.
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  return (
    <>
      <NativeSelect
        label={t('shell.language')}
        value={locale}
        onChange={event => setLocale(event.currentTarget.value as Locale)}
        data={locales.map(({ id, name }) => ({ value: id, label: name }))}
      />
      <NativeSelect
        label={t('shell.scheme')}
        value={colorScheme}
        onChange={event => setColorScheme(event.currentTarget.value as 'auto' | 'light' | 'dark')}
        data={[
          { value: 'auto', label: t('shell.schemeSystem') },
          { value: 'light', label: t('shell.schemeLight') },
          { value: 'dark', label: t('shell.schemeDark') },
        ]}
      />
    </>
  );
}
