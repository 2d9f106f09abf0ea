import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { body, consoleApi } from '../../api/client.ts';
import type { AuditRecord, BucketUsage, KeyUsage, UserUsage } from '../../api/types.ts';
import type { AuditSearch } from '../../routes/paths.ts';

/** Records on one page. */
const page = 100;

/** Returns the instant at which a day begins where the reader is, or the one after it. */
function startOf(day: string | undefined, after = 0): string | undefined {
  if (!day) return undefined;
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + after).toISOString();
}

/** Whose record: one's own contract's, or that of the operator's acts on the system. */
export type Recorded = 'contract' | 'system';

export const auditQuery = (of: Recorded, { by, action, result, from, to }: AuditSearch) =>
  infiniteQueryOptions({
    queryKey: ['audit', of, { by, action, result, from, to }],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam }) => {
      const query = { action, result, from: startOf(from), to: startOf(to, 1), before: pageParam, limit: page };
      return of === 'system'
        ? body(consoleApi.GET('/operator/audit', { params: { query } }))
        : body(consoleApi.GET('/console/audit', { params: { query: { ...query, by } } }));
    },
    getNextPageParam: last => last.next,
  });

export const verifyAudit = (of: Recorded) =>
  of === 'system' ? body(consoleApi.GET('/operator/audit/verify')) : body(consoleApi.GET('/console/audit/verify'));

/** Returns the days of a span up to today, as UTC has them, the oldest first. */
export function daysOf(count: number, now: number): string[] {
  return Array.from({ length: count }, (_, at) =>
    new Date(now - (count - 1 - at) * 86_400_000).toISOString().slice(0, 10),
  );
}

export const keyUsageQuery = (userId: string | undefined, from: string, to: string) =>
  queryOptions({
    queryKey: ['usage', 'keys', userId, from, to],
    queryFn: async (): Promise<KeyUsage[]> =>
      (await body(consoleApi.GET('/console/usage/keys', { params: { query: { userId, from, to } } }))).items,
  });

/** What was asked of everybody's keys, by user; for owners and administrators. */
export const userUsageQuery = (from: string, to: string) =>
  queryOptions({
    queryKey: ['usage', 'users', from, to],
    queryFn: async (): Promise<UserUsage[]> =>
      (await body(consoleApi.GET('/console/usage/users', { params: { query: { from, to } } }))).items,
  });

/** What buckets held: all of the contract, or the one that is named. */
export const bucketUsageQuery = (from: string, to: string, bucket?: string) =>
  queryOptions({
    queryKey: ['usage', 'buckets', from, to, bucket],
    queryFn: async (): Promise<BucketUsage[]> =>
      (await body(consoleApi.GET('/console/usage/buckets', { params: { query: { bucket, from, to } } }))).items,
  });

/** What a plot shows of one key or bucket: a value for each day. */
export interface Series {
  id: string;
  name: string;
  values: number[];
}

/** Series shown by themselves; what is beyond is added up. */
export const mostSeries = 5;

/** Spreads rows over days by name, the largest first; those beyond the most become one, named rest. */
export function seriesOf<T extends { day: string }>(
  rows: readonly T[],
  days: readonly string[],
  name: (row: T) => string,
  value: (row: T) => number,
  rest: string,
): Series[] {
  const places = new Map(days.map((day, at) => [day, at]));
  const all = new Map<string, Series>();
  for (const row of rows) {
    const at = places.get(row.day);
    if (at === undefined) continue;
    const id = name(row);
    const one = all.get(id) ?? { id, name: id, values: days.map(() => 0) };
    one.values[at] = (one.values[at] ?? 0) + value(row);
    all.set(id, one);
  }
  const peak = (one: Series) => Math.max(...one.values);
  const sorted = [...all.values()].filter(one => peak(one) > 0).sort((a, b) => peak(b) - peak(a));
  if (sorted.length <= mostSeries) return sorted;
  const kept = sorted.slice(0, mostSeries - 1);
  const others = sorted.slice(mostSeries - 1);
  const values = days.map((_, at) => others.reduce((sum, one) => sum + (one.values[at] ?? 0), 0));
  return [...kept, { id: 'rest', name: rest, values }];
}

/** Returns the end of an axis that holds a value: 1, 2, 5 or 10 times a power of the base. */
export function axisEnd(most: number, base: 10 | 2): number {
  if (most <= 0) return 1;
  if (base === 2) return 2 ** Math.ceil(Math.log2(most));
  const power = 10 ** Math.floor(Math.log10(most));
  return power * ([1, 2, 5, 10].find(one => one * power >= most) ?? 10);
}

/** Actions in a contract that have words of their own. */
const contractActions = [
  'SignIn',
  'SignOut',
  'CreateUser',
  'UpdateUser',
  'DeleteUser',
  'AcceptInvitation',
  'ChangePassword',
  'ResetPassword',
  'SetSecondFactor',
  'ResetSecondFactor',
  'CreateGroup',
  'UpdateGroup',
  'DeleteGroup',
  'AddMember',
  'RemoveMember',
  'CreateAccessKey',
  'UpdateAccessKey',
  'RenewAccessKey',
  'DeleteAccessKey',
  'ImportAccessKey',
  'ReadSecretKey',
  'SignLink',
  'CreateToken',
  'DeleteToken',
  'EndSession',
  'SetQuota',
  'OpenStorage',
  'HandOverBuckets',
  'CreateContract',
  'UpdateContract',
  'SetContractQuota',
] as const;
/** Actions on the system. */
const systemActions = ['SignIn', 'SignOut', 'CreateContract', 'ManageRegions'] as const;

export const actionsOf = { contract: contractActions, system: systemActions } as const;
export type KnownAction = (typeof actionsOf)[Recorded][number];

/** Returns the action without whose it is, where it has words of its own. */
export function knownAction({ action }: Pick<AuditRecord, 'action'>): KnownAction | undefined {
  return [...contractActions, ...systemActions].find(one => action === `coffer:${one}`);
}
