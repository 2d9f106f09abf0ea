import { useT } from '../../i18n/index.tsx';
import { useTitle } from '../../shell/useTitle.ts';
import { PageHeader } from '../../ui/Section.tsx';
import { useSession } from '../session/session.ts';
import { SessionList } from './SessionList.tsx';

/** Where one is signed in oneself. */
export function SessionsPage() {
  const t = useT();
  const { user } = useSession();
  useTitle(t('sessions.title'));
  return (
    <>
      <PageHeader title={t('sessions.title')} hint={t('sessions.hint')} />
      <SessionList
        userId={user.id}
        title={t('sessions.own')}
        hint={t('sessions.ownHint')}
        deniedHint={t('sessions.visiting')}
      />
    </>
  );
}
