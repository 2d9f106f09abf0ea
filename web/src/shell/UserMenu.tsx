import { Button, Popover, Stack, Text, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconDevices, IconKey, IconLogout, IconShieldLock } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import type { Session } from '../api/types.ts';
import { useI18n } from '../i18n/index.tsx';
import { paths } from '../routes/paths.ts';
import { Preferences } from './Preferences.tsx';
import classes from './UserMenu.module.css';
import { useLeave } from './useLeave.tsx';

const PasswordDialog = lazy(() =>
  import('../features/session/PasswordDialog.tsx').then(m => ({ default: m.PasswordDialog })),
);

const SecondFactorDialog = lazy(() =>
  import('../features/session/SecondFactor.tsx').then(m => ({ default: m.SecondFactorDialog })),
);

/** Who is signed in, for which contract; language, colour scheme, password, sessions and the way out. */
export function UserMenu({ session }: { session: Session }) {
  const { t } = useI18n();
  const { leave, question } = useLeave();
  const [open, setOpen] = useState(false);
  const [dialog, setDialog] = useState<'password' | 'factor' | null>(null);
  const { user, contract, visitor } = session;
  const name = `${user.firstname} ${user.lastname}`.trim() || user.email;
  const initials = `${user.firstname[0] ?? user.email[0] ?? ''}${user.lastname[0] ?? ''}`.toUpperCase();

  function ask(what: 'password' | 'factor') {
    setOpen(false);
    setDialog(what);
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
              {!visitor && (
                <>
                  {' '}
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
                    leftSection={<IconDevices size={18} aria-hidden />}
                    renderRoot={props => <Link to={paths.sessions} {...props} onClick={() => setOpen(false)} />}
                  >
                    {t('sessions.title')}
                  </Button>
                </>
              )}{' '}
              <Button
                variant="subtle"
                color="gray"
                justify="flex-start"
                leftSection={<IconLogout size={18} aria-hidden />}
                onClick={() => {
                  setOpen(false);
                  leave();
                }}
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
      {question}
    </>
  );
}
