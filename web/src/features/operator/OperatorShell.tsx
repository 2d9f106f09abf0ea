import { Button, Popover, Stack, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconFileText, IconHeartbeat, IconHistory, IconLogout, IconMapPin } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import { Frame } from '../../shell/Frame.tsx';
import { NavigationEntry, NavigationGroup } from '../../shell/Navigation.tsx';
import { Palette } from '../../shell/Palette.tsx';
import { Preferences } from '../../shell/Preferences.tsx';
import type { Command } from '../../shell/palette.ts';
import classes from '../../shell/UserMenu.module.css';
import { signOut } from '../session/session.ts';
import { contractsQuery } from './operator.ts';
import { useOperatorWords } from './words.ts';

/** The frame of the operator's pages. They look like those of people, and lead to none of them. */
export function OperatorShell() {
  const w = useOperatorWords();
  const t = useT();
  const [finding, setFinding] = useState(false);
  return (
    <Frame
      home={paths.system}
      menu={onFollow => (
        <nav aria-label={t('shell.menu')}>
          <NavigationGroup title={w('op.menu')}>
            <NavigationEntry to={paths.system} icon={<IconHeartbeat size={18} aria-hidden />} onFollow={onFollow}>
              {w('op.health')}
            </NavigationEntry>
            <NavigationEntry to={paths.contracts} icon={<IconFileText size={18} aria-hidden />} onFollow={onFollow}>
              {w('op.contracts')}
            </NavigationEntry>
            <NavigationEntry to={paths.regions} icon={<IconMapPin size={18} aria-hidden />} onFollow={onFollow}>
              {w('op.regions')}
            </NavigationEntry>
            <NavigationEntry to={paths.systemAudit} icon={<IconHistory size={18} aria-hidden />} onFollow={onFollow}>
              {t('audit.title')}
            </NavigationEntry>
          </NavigationGroup>
        </nav>
      )}
      account={<OperatorMenu />}
      onFind={() => setFinding(true)}
    >
      <Outlet />
      {finding && <OperatorPalette onClose={() => setFinding(false)} />}
    </Frame>
  );
}

function OperatorMenu() {
  const w = useOperatorWords();
  const t = useT();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);

  async function leave() {
    setOpen(false);
    await signOut(client).catch(() => undefined);
    await navigate({ to: paths.operatorSignIn });
  }

  return (
    <Popover position="bottom-end" width={280} trapFocus returnFocus shadow="md" opened={open} onChange={setOpen}>
      <Popover.Target>
        <UnstyledButton className={classes.button} onClick={() => setOpen(!open)}>
          <span className={classes.initials} data-initials="OP" aria-hidden />
          <span className="coffer-offscreen">{t('shell.account')} </span>
          <span className={classes.name}>{w('op.operator')}</span>
          <IconChevronDown size={16} aria-hidden />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('shell.account')}>
        <Stack gap="sm">
          <Preferences />
          <div className={classes.acts}>
            <Button
              variant="subtle"
              color="gray"
              justify="flex-start"
              leftSection={<IconLogout size={18} aria-hidden />}
              onClick={leave}
            >
              {w('op.signOut')}
            </Button>
          </div>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function OperatorPalette({ onClose }: { onClose: () => void }) {
  const w = useOperatorWords();
  const t = useT();
  const navigate = useNavigate();
  const { data } = useQuery(contractsQuery(''));
  const commands = useMemo(() => {
    const page = (id: string, name: string, go: () => void): Command => ({ id, name, kind: w('op.page'), go });
    return [
      page('health', w('op.health'), () => navigate({ to: paths.system })),
      page('contracts', w('op.contracts'), () => navigate({ to: paths.contracts })),
      page('regions', w('op.regions'), () => navigate({ to: paths.regions })),
      page('audit', t('audit.title'), () => navigate({ to: paths.systemAudit })),
      ...(data ?? []).map(({ number, name, ownerEmail }) => ({
        id: `contract ${number}`,
        name: `${name} ${number} ${ownerEmail ?? ''}`,
        kind: w('op.contract', { number: String(number) }),
        go: () => navigate({ to: paths.contractOf, params: { number: String(number) } }),
      })),
    ];
  }, [w, t, navigate, data]);
  return <Palette commands={commands} label={w('op.find')} onClose={onClose} />;
}
