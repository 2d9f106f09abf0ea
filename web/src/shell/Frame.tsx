import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconMenu2, IconSearch } from '@tabler/icons-react';
import { Link, useRouterState } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useT } from '../i18n/index.tsx';
import classes from './Shell.module.css';

/** Where the menu stands beside the page instead of over it; as in Shell.module.css. */
const wide = '(min-width: 62em)';

interface Props {
  /** The page behind the name of the product. */
  home: string;
  /** The menu; `onFollow` closes it on a phone. */
  menu: (onFollow: () => void) => ReactNode;
  /** Who is signed in, at the right of the top bar. */
  account: ReactNode;
  /** Opens the palette: by its button, or Ctrl+K. */
  onFind: () => void;
  /** Above every page. */
  banner?: ReactNode;
  /** Beside the page, such as what is under way. */
  beside?: ReactNode;
  children: ReactNode;
}

/** What is around every page: skip link, top bar, menu. */
export function Frame({ home, menu, account, onFind, banner, beside, children }: Props) {
  const t = useT();
  const [open, setOpen] = useState(() => window.matchMedia(wide).matches);
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: state => state.location.pathname });
  useFocusAfterNavigation(path);
  useFindKey(onFind);

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
        <Link to={home} className={classes.brand}>
          <img src="/logo.svg" alt="" width={28} height={28} />
          <span>Coffer</span>
        </Link>
        <div className={classes.spacer} />
        <Tooltip label={t('palette.open')}>
          <ActionIcon variant="subtle" color="gray" size={36} aria-label={t('palette.title')} onClick={onFind}>
            <IconSearch size={20} aria-hidden />
          </ActionIcon>
        </Tooltip>
        {account}
      </header>
      <div id="menu" className={classes.side} hidden={!open}>
        {menu(closeOnPhone)}
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
        {banner}
        <div className={classes.page}>{children}</div>
      </main>
      {beside}
    </div>
  );
}

/** Opens the palette by Ctrl+K. */
function useFindKey(onFind: () => void) {
  const act = useRef(onFind);
  act.current = onFind;
  useEffect(() => {
    const find = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== 'k')
        return;
      event.preventDefault();
      act.current();
    };
    window.addEventListener('keydown', find);
    return () => window.removeEventListener('keydown', find);
  }, []);
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
