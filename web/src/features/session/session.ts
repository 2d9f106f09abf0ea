import { QueryClient, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { body, consoleApi, setCsrfToken } from '../../api/client.ts';
import { asFailure, Failure, mayRetry } from '../../api/failure.ts';
import type { Session } from '../../api/types.ts';

/** Makes the cache of everything the servers told; one for each page load, empty again after signing out. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (count, error) => count < 2 && mayRetry(asFailure(error)),
      },
    },
  });
}

/** The present session; null when nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: 60_000,
  queryFn: async (): Promise<Session | null> => {
    try {
      const session = await body(consoleApi.GET('/console/session'));
      setCsrfToken(session.csrfToken);
      return session;
    } catch (error) {
      if (error instanceof Failure && error.kind === 'signedOut') return null;
      throw error;
    }
  },
});

/** Whether a request was refused because whoever is signed in is the operator, who is no user. */
export function ofOperator(error: unknown): boolean {
  return asFailure(error).code === 'Operator';
}

export const infoQuery = queryOptions({
  queryKey: ['info'],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: () => body(consoleApi.GET('/console/info')),
});

/** Signs in; the code of a second factor is sent once the server has asked for it. */
export async function signIn(client: QueryClient, email: string, password: string, code?: string): Promise<Session> {
  const session = await body(consoleApi.POST('/console/session', { body: { email, password, code } }));
  setCsrfToken(session.csrfToken);
  client.clear();
  client.setQueryData(sessionQuery.queryKey, session);
  return session;
}

/** Begins looking into another user's storage by a link's token, as the person for whom the link was made. */
export async function visit(client: QueryClient, token: string): Promise<Session> {
  const session = await body(consoleApi.POST('/console/visit', { body: { token } }));
  setCsrfToken(session.csrfToken);
  client.clear();
  client.setQueryData(sessionQuery.queryKey, session);
  return session;
}

export async function signOut(client: QueryClient): Promise<void> {
  try {
    await consoleApi.DELETE('/console/session');
  } finally {
    forget(client);
  }
}

/** Drops everything that the page knows of the person who was signed in. */
export function forget(client: QueryClient): void {
  setCsrfToken('');
  client.clear();
  client.setQueryData(sessionQuery.queryKey, null);
}

/** Returns the session; only for pages inside the shell, where there is one. */
export function useSession(): Session {
  const { data } = useQuery(sessionQuery);
  const client = useQueryClient();
  const session = data ?? client.getQueryData(sessionQuery.queryKey) ?? signedOutSession;
  return session;
}

/** What the pages see in the moment between signing out and leaving them. */
const signedOutSession: Session = {
  csrfToken: '',
  user: {
    id: '',
    firstname: '',
    lastname: '',
    email: '',
    role: 'user',
    objectStorage: false,
    activityLog: false,
    contractUserId: '',
    secondFactor: { active: false, required: false },
  },
  contract: { number: 0, name: '' },
  s3: { url: '' },
  version: '',
  expires: '',
};

/** Whether the signed-in person may manage other people; nobody does while looking into another's storage. */
export function mayManage(session: Session): boolean {
  return session.user.role !== 'user' && !session.visitor;
}

/** Whether the signed-in person may read the audit log of the contract. */
export function mayReadLog(session: Session): boolean {
  return session.user.activityLog && !session.visitor;
}
