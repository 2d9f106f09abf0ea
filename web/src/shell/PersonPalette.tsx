import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { bucketsQuery } from '../features/buckets/buckets.ts';
import { nameOf, usersQuery } from '../features/people/people.ts';
import { mayManage, mayReadLog, useSession } from '../features/session/session.ts';
import { useT } from '../i18n/index.tsx';
import { paths } from '../routes/paths.ts';
import { Palette } from './Palette.tsx';
import type { Command } from './palette.ts';

/** Leads a person to any page, bucket or user. */
export function PersonPalette({ onClose }: { onClose: () => void }) {
  const t = useT();
  return <Palette commands={useCommands()} label={t('palette.field')} onClose={onClose} />;
}

function useCommands(): Command[] {
  const t = useT();
  const navigate = useNavigate();
  const session = useSession();
  const manages = mayManage(session);
  const readsLog = mayReadLog(session);
  const visiting = session.visitor !== undefined;
  const { data: buckets } = useQuery(bucketsQuery);
  const { data: users } = useQuery({ ...usersQuery, enabled: manages });
  return useMemo(() => {
    const page = (id: string, name: string, go: () => void): Command => ({ id, name, kind: t('palette.page'), go });
    const all: Command[] = [page('buckets', t('buckets.title'), () => navigate({ to: paths.objectStorage }))];
    if (!visiting)
      all.push(page('keys', t('keys.tab'), () => navigate({ to: paths.objectStorage, search: { tab: 'keys' } })));
    if (manages) {
      all.push(
        page('users', t('people.users'), () => navigate({ to: paths.people })),
        page('groups', t('people.groups'), () => navigate({ to: paths.people, search: { tab: 'groups' } })),
        page('allKeys', t('people.allKeysLong'), () => navigate({ to: paths.people, search: { tab: 'keys' } })),
      );
    }
    if (readsLog) all.push(page('audit', t('audit.title'), () => navigate({ to: paths.audit })));
    all.push(page('usage', t('usage.title'), () => navigate({ to: paths.usage })));
    if (!visiting)
      all.push(
        page('tokens', t('tokens.title'), () => navigate({ to: paths.tokens })),
        page('sessions', t('sessions.title'), () => navigate({ to: paths.sessions })),
      );
    all.push(page('contract', t('contract.title'), () => navigate({ to: paths.contract })));
    for (const { name } of buckets ?? [])
      all.push({
        id: `bucket ${name}`,
        name,
        kind: t('palette.bucket'),
        go: () => navigate({ to: paths.bucket, params: { bucket: name } }),
      });
    for (const { name } of buckets ?? [])
      all.push({
        id: `settings ${name}`,
        name: t('set.title', { name }),
        kind: t('palette.settings'),
        go: () => navigate({ to: paths.bucketSettings, params: { bucket: name } }),
      });
    for (const user of users ?? [])
      all.push({
        id: `user ${user.id}`,
        name: `${nameOf(user)} ${user.properties.email}`,
        kind: t('palette.user'),
        go: () => navigate({ to: paths.user, params: { userId: user.id } }),
      });
    return all;
  }, [t, navigate, manages, readsLog, visiting, buckets, users]);
}
