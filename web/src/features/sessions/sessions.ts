import { queryOptions } from '@tanstack/react-query';
import { body, consoleApi } from '../../api/client.ts';
import { Failure } from '../../api/failure.ts';
import type { UserSession } from '../../api/types.ts';

/** Where a user is signed in; the present session first, then the one used last. */
export const sessionsQuery = (userId: string) =>
  queryOptions({
    queryKey: ['sessions', userId],
    queryFn: async (): Promise<UserSession[]> => {
      const { items } = await body(
        consoleApi.GET('/console/users/{userId}/sessions', { params: { path: { userId } } }),
      );
      return items.sort((a, b) => Number(b.current) - Number(a.current));
    },
  });

/** Ends one session; one that has ended meanwhile is as good. */
export async function endSession(userId: string, sessionId: string): Promise<void> {
  try {
    await consoleApi.DELETE('/console/users/{userId}/sessions/{sessionId}', {
      params: { path: { userId, sessionId } },
    });
  } catch (error) {
    if (!(error instanceof Failure && error.kind === 'notFound')) throw error;
  }
}

/** Ends all sessions of a user but the present one, and returns how many there were. */
export async function endSessions(userId: string): Promise<number> {
  return (await body(consoleApi.DELETE('/console/users/{userId}/sessions', { params: { path: { userId } } }))).ended;
}
