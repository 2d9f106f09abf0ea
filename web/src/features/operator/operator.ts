import { keepPreviousData, type QueryClient, queryOptions } from '@tanstack/react-query';
import { body, cloudApi, consoleApi, setCsrfToken } from '../../api/client.ts';
import { Failure } from '../../api/failure.ts';
import { entriesOf, readAll } from '../../api/readAll.ts';
import type { OperatorContract, OperatorRegion, OperatorSession, User } from '../../api/types.ts';

/** The session of the operator; null where nobody, or a person, is signed in. */
export const operatorQuery = queryOptions({
  queryKey: ['operator', 'session'],
  staleTime: 60_000,
  queryFn: async (): Promise<OperatorSession | null> => {
    try {
      const session = await body(consoleApi.GET('/operator/session'));
      setCsrfToken(session.csrfToken);
      return session;
    } catch (error) {
      if (error instanceof Failure && (error.kind === 'signedOut' || error.kind === 'denied')) return null;
      throw error;
    }
  },
});

/** Signs in with the content of operator.token; whoever was signed in before no longer is. */
export async function signInOperator(client: QueryClient, token: string): Promise<void> {
  const session = await body(consoleApi.POST('/operator/session', { body: { token } }));
  setCsrfToken(session.csrfToken);
  client.clear();
  client.setQueryData(operatorQuery.queryKey, session);
}

export const systemQuery = queryOptions({
  queryKey: ['operator', 'system'],
  refetchInterval: 10_000,
  queryFn: () => body(consoleApi.GET('/operator/system')),
});

export const regionsHeldQuery = queryOptions({
  queryKey: ['operator', 'regions'],
  queryFn: async () => (await body(consoleApi.GET('/operator/regions'))).items,
});

export type RegionOwnership = OperatorRegion['ownership'];

/** What the name of a region is: it stands in host names. */
export const regionNameRule = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/;

export const createRegion = (name: string, ownership: RegionOwnership) =>
  body(consoleApi.POST('/operator/regions', { body: { name, ownership } }));

/** Contracts and users of a page; the most that the server takes. */
const contractsPage = 1000;
const usersPage = 10_000;

export const contractsQuery = (find: string) =>
  queryOptions({
    queryKey: ['operator', 'contracts', find],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      readAll<OperatorContract>(
        contractsPage,
        contract => contract.number,
        async at =>
          (
            await body(
              consoleApi.GET('/operator/contracts', { params: { query: { find: find || undefined, ...at } }, signal }),
            )
          ).items,
      ),
    select: entriesOf<OperatorContract>,
  });

export const contractOfQuery = (contractNumber: number) =>
  queryOptions({
    queryKey: ['operator', 'contract', contractNumber],
    queryFn: () =>
      body(consoleApi.GET('/operator/contracts/{contractNumber}', { params: { path: { contractNumber } } })),
  });

export const usersOfQuery = (contract: number) =>
  queryOptions({
    queryKey: ['operator', 'contract', contract, 'users'],
    queryFn: () =>
      readAll<User>(
        usersPage,
        user => user.id,
        async at =>
          (
            await body(
              cloudApi.GET('/cloudapi/v6/um/users', {
                params: { query: { depth: 1, ...at }, header: { 'X-Contract-Number': contract } },
              }),
            )
          ).items ?? [],
      ),
    select: entriesOf<User>,
  });

/** Removes the second factor of a user who lost it; the next sign-in needs the password alone. */
export async function removeFactor(contract: number, userId: string): Promise<void> {
  await consoleApi.DELETE('/console/users/{userId}/second-factor', {
    params: { path: { userId }, header: { 'X-Contract-Number': contract } },
  });
}

export interface ImportedKey {
  accessKey: string;
  secretKey: string;
  description: string;
  /** Whether it opens user-owned buckets alone, as keys of the older kind do. */
  userOwnedOnly: boolean;
}

/** What access keys and secrets that were made elsewhere look like, as the server takes them. */
export const importedAccessKey = /^[A-Za-z0-9_-]{16,128}$/;

/** Gives a user a key that was made elsewhere. */
export async function importKey(contractNumber: number, userId: string, key: ImportedKey): Promise<void> {
  const { userOwnedOnly, description, ...pair } = key;
  await consoleApi.POST('/operator/contracts/{contractNumber}/users/{userId}/accesskeys', {
    params: { path: { contractNumber, userId } },
    body: {
      ...pair,
      description: description || undefined,
      validity: userOwnedOnly ? 'user-owned-buckets-only' : 'all-buckets',
    },
  });
}

export interface NewContract {
  name: string;
  firstname: string;
  lastname: string;
  email: string;
}

export const createContract = ({ name, ...owner }: NewContract) =>
  body(consoleApi.POST('/operator/contracts', { body: { name, owner } }));

/** Gives a user a new password and returns it, this once. */
export async function resetPassword(email: string): Promise<string> {
  const { password } = await body(consoleApi.POST('/operator/password-reset', { body: { email } }));
  return password ?? '';
}
