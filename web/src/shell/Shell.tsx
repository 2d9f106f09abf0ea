import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconMenu2, IconSearch } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import type { Session } from '../api/types.ts';
import { sessionQuery } from '../features/session/session.ts';
import { TransferTray } from '../features/transfers/TransferTray.tsx';
import { useT } from '../i18n/index.tsx';
import { paths } from '../routes/paths.ts';
import { Loading } from '../ui/States.tsx';
import { Navigation } from './Navigation.tsx';
import classes from './Shell.module.css';
import { UserMenu } from './UserMenu.tsx';
import { VisitBanner } from './VisitBanner.tsx';

const RequiredFactor = lazy(() =>
  import('../features/session/RequiredFactor.tsx').then(m => ({ default: m.RequiredFactor })),
);
const RequiredPassword = lazy(() =>
  import('../features/session/RequiredPassword.tsx').then(m => ({ default: m.RequiredPassword })),
);
const Palette = lazy(() => import('./Palette.tsx').then(m => ({ default: m.Palette })));

/** Where the menu stands beside the page instead of over it; as in Shell.module.css. */
const wide = '(min-width: 62em)';

/** The frame of every page of a signed-in person: skip link, top bar, menu, page, transfers. */
export function Shell() {
  const t = useT();
  const [open, setOpen] = useState(() => window.matchMedia(wide).matches);
  const { data: session } = useQuery(sessionQuery);
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: state => state.location.pathname });
  const [finding, setFinding] = useState(false);
  useFocusAfterNavigation(path);
  useForgetAnother(session);

  useEffect(() => {
    const find = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== 'k')
        return;
      event.preventDefault();
      setFinding(true);
    };
    window.addEventListener('keydown', find);
    return () => window.removeEventListener('keydown', find);
  }, []);

  useEffect(() => {
    const media = window.matchMedia(wide);
    const follow = () => setOpen(media.matches);
    media.addEventListener('change', follow);
    return () => media.removeEventListener('change', follow);
  }, []);

  useEffect(() => {
    if (!open) return;
    const close = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !window.matchMedia(wide).matches) setOpen(false);
    };
    window.addEventListener('keydown', close);
    return () => window.removeEventListener('keydown', close);
  }, [open]);

  const closeOnPhone = () => {
    if (!window.matchMedia(wide).matches) setOpen(false);
  };

  if (!session) return null;
  return (
    <div className={classes.frame} data-menu={open ? 'open' : 'closed'}>
      <button type="button" className="coffer-skip" onClick={() => main.current?.focus()}>
        {t('shell.skip')}
      </button>
      <header className={classes.top}>
        <Button
          variant="subtle"
          color="gray"
          className={classes.menu}
          leftSection={<IconMenu2 size={20} aria-hidden />}
          aria-expanded={open}
          aria-controls="menu"
          onClick={() => setOpen(!open)}
        >
          {t('shell.menu')}
        </Button>
        <Link to={paths.objectStorage} className={classes.brand}>
          <img src="/logo.svg" alt="" width={28} height={28} />
          <span>Coffer</span>
        </Link>
        <div className={classes.spacer} />
        <Tooltip label={t('palette.open')}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={36}
            aria-label={t('palette.title')}
            onClick={() => setFinding(true)}
          >
            <IconSearch size={20} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <UserMenu session={session} />
      </header>
      <div id="menu" className={classes.side} hidden={!open}>
        <Navigation session={session} onFollow={closeOnPhone} />
      </div>
      {open && (
        <button
          type="button"
          className={classes.shade}
          aria-label={t('shell.closeMenu')}
          tabIndex={-1}
          onClick={() => setOpen(false)}
        />
      )}
      <main id="main" ref={main} tabIndex={-1} className={classes.main}>
        <VisitBanner session={session} />
        <div className={classes.page}>
          {session.visitor ? (
            <Outlet />
          ) : session.user.mustChangePassword ? (
            <Suspense fallback={<Loading />}>
              <RequiredPassword />
            </Suspense>
          ) : session.user.secondFactor.required && !session.user.secondFactor.active ? (
            <Suspense fallback={<Loading />}>
              <RequiredFactor />
            </Suspense>
          ) : (
            <Outlet />
          )}
        </div>
      </main>
      <TransferTray />
      <Suspense>{finding && <Palette onClose={() => setFinding(false)} />}</Suspense>
    </div>
  );
}

/** Reads everything again once another tab of the browser has changed who is signed in. */
function useForgetAnother(session: Session | null | undefined) {
  const client = useQueryClient();
  const who = session ? `${session.user.id} ${session.visitor?.id ?? ''}` : '';
  const before = useRef(who);
  useEffect(() => {
    if (before.current && who && before.current !== who)
      void client.resetQueries({ predicate: query => query.queryKey[0] !== sessionQuery.queryKey[0] });
    before.current = who;
  }, [client, who]);
}

/** After a change of page the focus goes to its title, so that a screen reader tells where it is. */
function useFocusAfterNavigation(path: string) {
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    let tries = 0;
    let timer = 0;
    const look = () => {
      const title = document.querySelector<HTMLElement>('[data-page-title]');
      if (title) title.focus({ preventScroll: true });
      else if (tries++ < 40) timer = window.setTimeout(look, 50);
    };
    window.scrollTo(0, 0);
    look();
    return () => window.clearTimeout(timer);
  }, [path]);
}
