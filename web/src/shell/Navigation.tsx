import { IconChartBar, IconDatabase, IconFileText, IconHistory, IconTicket, IconUsers } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useId } from 'react';
import type { Session } from '../api/types.ts';
import { mayManage, mayReadLog } from '../features/session/session.ts';
import { useT } from '../i18n/index.tsx';
import { paths } from '../routes/paths.ts';
import classes from './Navigation.module.css';

interface Props {
  session: Session;
  onFollow: () => void;
}

/** The menu: sections and pages stand where the guides say. */
export function Navigation({ session, onFollow }: Props) {
  const t = useT();
  const manages = mayManage(session);
  return (
    <nav aria-label={t('shell.menu')}>
      <NavigationGroup title={t('shell.storage')}>
        <NavigationEntry to={paths.objectStorage} icon={<IconDatabase size={18} aria-hidden />} onFollow={onFollow}>
          {t('shell.objectStorage')}
        </NavigationEntry>
      </NavigationGroup>
      <NavigationGroup title={t('shell.management')}>
        {manages && (
          <NavigationEntry to={paths.people} icon={<IconUsers size={18} aria-hidden />} onFollow={onFollow}>
            {t('shell.usersGroups')}
          </NavigationEntry>
        )}
        <NavigationEntry to={paths.usage} icon={<IconChartBar size={18} aria-hidden />} onFollow={onFollow}>
          {t('usage.title')}
        </NavigationEntry>
        {mayReadLog(session) && (
          <NavigationEntry to={paths.audit} icon={<IconHistory size={18} aria-hidden />} onFollow={onFollow}>
            {t('audit.title')}
          </NavigationEntry>
        )}
        {!session.visitor && (
          <NavigationEntry to={paths.tokens} icon={<IconTicket size={18} aria-hidden />} onFollow={onFollow}>
            {t('tokens.title')}
          </NavigationEntry>
        )}
        <NavigationEntry to={paths.contract} icon={<IconFileText size={18} aria-hidden />} onFollow={onFollow}>
          {t('contract.title')}
        </NavigationEntry>
      </NavigationGroup>
    </nav>
  );
}

export function NavigationGroup({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <div className={classes.group}>
      <div id={id} className={classes.title}>
        {title}
      </div>
      <ul aria-labelledby={id} className={classes.list}>
        {children}
      </ul>
    </div>
  );
}

interface EntryProps {
  to: string;
  icon: ReactNode;
  onFollow: () => void;
  children: ReactNode;
}

export function NavigationEntry({ to, icon, onFollow, children }: EntryProps) {
  return (
    <li>
      <Link to={to} onClick={onFollow} className={classes.entry} activeOptions={{ includeSearch: false }}>
        {icon}
        <span>{children}</span>
      </Link>
    </li>
  );
}
