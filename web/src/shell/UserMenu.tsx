import { Menu, Text, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import {
  IconCheck,
  IconChevronDown,
  IconDeviceDesktop,
  IconKey,
  IconLogout,
  IconMoon,
  IconSun,
} from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import type { Session } from '../api/types.ts';
import { signOut } from '../features/session/session.ts';
import { transfers } from '../features/transfers/store.ts';
import { locales, useI18n } from '../i18n/index.tsx';
import { paths } from '../routes/paths.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import classes from './UserMenu.module.css';

const PasswordDialog = lazy(() =>
  import('../features/session/PasswordDialog.tsx').then(m => ({ default: m.PasswordDialog })),
);

/** Who is signed in, for which contract; language, colour scheme, password and the way out. */
export function UserMenu({ session }: { session: Session }) {
  const { t, locale, setLocale } = useI18n();
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const client = useQueryClient();
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<'password' | 'leave' | null>(null);
  const { user, contract } = session;
  const name = `${user.firstname} ${user.lastname}`.trim() || user.email;
  const initials = `${user.firstname[0] ?? user.email[0] ?? ''}${user.lastname[0] ?? ''}`.toUpperCase();
  const schemes = [
    { id: 'auto', label: t('shell.schemeSystem'), icon: IconDeviceDesktop },
    { id: 'light', label: t('shell.schemeLight'), icon: IconSun },
    { id: 'dark', label: t('shell.schemeDark'), icon: IconMoon },
  ] as const;

  async function leave() {
    transfers.cancelAll();
    await signOut(client).catch(() => undefined);
    await navigate({ to: paths.signIn });
  }

  return (
    <>
      <div className={classes.contract}>
        <span className={classes.label}>{t('shell.contract')}</span> <span>{contract.number}</span>
      </div>
      <Menu position="bottom-end" width={270} withinPortal>
        <Menu.Target>
          <UnstyledButton className={classes.button}>
            <span className={classes.initials} data-initials={initials} aria-hidden />
            <span className="coffer-offscreen">{t('shell.account')} </span>
            <span className={classes.name}>{name}</span>
            <IconChevronDown size={16} aria-hidden />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <div className={classes.who}>
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
          <Menu.Divider />
          <Menu.Label>{t('shell.language')}</Menu.Label>
          {locales.map(language => (
            <Menu.Item
              key={language.id}
              lang={language.id}
              closeMenuOnClick={false}
              rightSection={locale === language.id ? <IconCheck size={16} aria-label={t('shell.chosen')} /> : null}
              onClick={() => setLocale(language.id)}
            >
              {language.name}
            </Menu.Item>
          ))}
          <Menu.Label>{t('shell.scheme')}</Menu.Label>
          {schemes.map(({ id, label, icon: Icon }) => (
            <Menu.Item
              key={id}
              closeMenuOnClick={false}
              leftSection={<Icon size={16} aria-hidden />}
              rightSection={colorScheme === id ? <IconCheck size={16} aria-label={t('shell.chosen')} /> : null}
              onClick={() => setColorScheme(id)}
            >
              {label}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item leftSection={<IconKey size={16} aria-hidden />} onClick={() => setDialog('password')}>
            {t('session.changePassword')}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconLogout size={16} aria-hidden />}
            onClick={() => (transfers.running() ? setDialog('leave') : void leave())}
          >
            {t('session.signOut')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {dialog === 'password' && (
        <Suspense>
          <PasswordDialog onClose={() => setDialog(null)} email={user.email} />
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
