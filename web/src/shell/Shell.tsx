import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import type { Session } from '../api/types.ts';
import { sessionQuery } from '../features/session/session.ts';
import { TransferTray } from '../features/transfers/TransferTray.tsx';
import { withWords } from '../i18n/index.tsx';
import { paths } from '../routes/paths.ts';
import { Loading } from '../ui/States.tsx';
import { Frame } from './Frame.tsx';
import { Navigation } from './Navigation.tsx';
import { UserMenu } from './UserMenu.tsx';
import { VisitBanner } from './VisitBanner.tsx';

const RequiredFactor = lazy(() =>
  import('../features/session/RequiredFactor.tsx').then(m => ({ default: m.RequiredFactor })),
);
const RequiredPassword = lazy(() =>
  import('../features/session/RequiredPassword.tsx').then(m => ({ default: m.RequiredPassword })),
);
const Palette = lazy(withWords(() => import('./PersonPalette.tsx').then(m => ({ default: m.PersonPalette }))));

/** The frame of every page of a signed-in person, and their transfers. */
export function Shell() {
  const { data: session } = useQuery(sessionQuery);
  const [finding, setFinding] = useState(false);
  useForgetAnother(session);

  if (!session) return null;
  return (
    <Frame
      home={paths.objectStorage}
      menu={onFollow => <Navigation session={session} onFollow={onFollow} />}
      account={<UserMenu session={session} />}
      onFind={() => setFinding(true)}
      banner={<VisitBanner session={session} />}
      beside={<TransferTray />}
    >
      <Page session={session} />
      <Suspense>{finding && <Palette onClose={() => setFinding(false)} />}</Suspense>
    </Frame>
  );
}

/** The page, or what a person has to do before anything else. */
function Page({ session }: { session: Session }) {
  const { user, visitor } = session;
  if (visitor) return <Outlet />;
  if (user.mustChangePassword)
    return (
      <Suspense fallback={<Loading />}>
        <RequiredPassword />
      </Suspense>
    );
  if (user.secondFactor.required && !user.secondFactor.active)
    return (
      <Suspense fallback={<Loading />}>
        <RequiredFactor />
      </Suspense>
    );
  return <Outlet />;
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
