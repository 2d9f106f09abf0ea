import type { User } from '../../api/types.ts';
import { useT } from '../../i18n/index.tsx';
import { useSession } from '../session/session.ts';
import { SessionList } from '../sessions/SessionList.tsx';
import { nameOf, roleOf } from './people.ts';

/** Where another user is signed in, as owners and administrators see and end it. */
export function UserSessions({ user }: { user: User }) {
  const t = useT();
  const session = useSession();
  const guarded = roleOf(user) === 'owner' && session.user.role !== 'owner';
  return (
    <SessionList
      userId={user.id}
      title={t('sessions.of', { name: nameOf(user) })}
      hint={t('sessions.ofHint')}
      reason={guarded ? t('sessions.ownerEnds') : ''}
      deniedHint={t('people.denied')}
    />
  );
}
