import type { KeyState } from '../features/people/allKeys.ts';

/**
 * Where pages are, in one place: every link and every navigation takes its target from here.
 */
export const paths = {
  signIn: '/sign-in',
  invitation: '/invitation',
  visit: '/visit',
  objectStorage: '/storage/object-storage',
  bucket: '/storage/object-storage/$bucket',
  bucketSettings: '/storage/object-storage/$bucket/settings',
  people: '/management/users-groups',
  user: '/management/users-groups/users/$userId',
  group: '/management/users-groups/groups/$groupId',
  tokens: '/management/tokens',
  usage: '/management/usage',
  audit: '/management/audit',
  contract: '/management/contract',
  operatorSignIn: '/system/sign-in',
  system: '/system/health',
  contracts: '/system/contracts',
  contractOf: '/system/contracts/$number',
  regions: '/system/regions',
  systemAudit: '/system/audit',
  sessions: '/account/sessions',
} as const;

/** Where the pages of the operator begin; the APIs have the other prefixes. */
export const systemPages = '/system/';

export type HomeTab = 'buckets' | 'keys';
export type Owned = 'all' | 'user' | 'contract';
export const settingsTabs = [
  'protection',
  'access',
  'lifecycle',
  'encryption',
  'website',
  'cors',
  'logging',
  'tags',
  'quota',
  'usage',
] as const;
export type SettingsTab = (typeof settingsTabs)[number];
export type DetailsTab = 'facts' | 'preview' | 'versions' | 'metadata' | 'tags' | 'protection';
export type PeopleTab = 'users' | 'groups' | 'keys';
export type UserTab = 'metadata' | 'groups' | 'keys' | 'sessions';
/** What the table of all keys can be sorted by. */
export type KeyOrder = 'owner' | 'created' | 'expires' | 'used';
/** An order, or the same from its end where a minus stands before it. */
export type KeySort = KeyOrder | `-${KeyOrder}`;
const keySorts: readonly KeySort[] = ['owner', '-owner', 'created', '-created', 'expires', '-expires', 'used', '-used'];
export type GroupTab = 'privileges' | 'members';

/** What the plots of buckets and of keys can show, the first one first. */
export const usageMeasures = {
  buckets: ['bytes', 'objects', 'versions'],
  keys: ['requests', 'errors', 'bytesIn', 'bytesOut'],
} as const;
/** Days that a plot can span. */
export const usageSpans = [7, 30, 90, 365] as const;

export interface UsageSearch {
  of?: 'buckets' | 'keys';
  measure?: (typeof usageMeasures)['buckets' | 'keys'][number];
  days?: (typeof usageSpans)[number];
  /** Whose keys; one's own where absent. */
  user?: string;
}
export interface AuditSearch {
  /** Id of who did it. */
  by?: string;
  /** An action, or its beginning followed by an asterisk. */
  action?: string;
  result?: 'done' | 'refused';
  /** First and last day, as 2026-01-31. */
  from?: string;
  to?: string;
}
export interface SignInSearch {
  to?: string;
}
export interface HomeSearch {
  tab?: HomeTab;
  owned?: Owned;
}
export interface BucketSearch {
  /** The open folder: empty, or ending with a slash. */
  prefix?: string;
  /** Only names in the folder that begin so. */
  find?: string;
  /** The key of the object whose details are open. */
  object?: string;
  /** Which of its details. */
  show?: DetailsTab;
  /** Whether what was deleted is listed. */
  deleted?: boolean;
}
export interface ContractsSearch {
  /** Part of a number, a name, or an owner's name or mail. */
  find?: string;
}
export interface SettingsSearch {
  tab?: SettingsTab;
  /** How the policy is shown, where that is not as statements. */
  policy?: 'json';
  /** What the plot of usage shows, over how many days. */
  measure?: (typeof usageMeasures)['buckets'][number];
  days?: (typeof usageSpans)[number];
}
export interface PeopleSearch {
  tab?: PeopleTab;
  find?: string;
  /** Which keys are shown. */
  state?: KeyState;
  /** In which order keys are shown; the oldest first where absent. */
  sort?: KeySort;
}
export interface UserSearch {
  tab?: UserTab;
}
export interface GroupSearch {
  tab?: GroupTab;
}

function text(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  // The router reads what looks like JSON in the address; names may look like numbers.
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return undefined;
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T | undefined {
  return allowed.find(word => word === value);
}

function day(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) ? value : undefined;
}

type Raw = Record<string, unknown>;

/** Returns a path of this console alone, so that no link can lead a person who signs in to another origin. */
export function localPath(value: unknown): string | undefined {
  const path = text(value);
  if (!path || !/^\/(?![/\\])/.test(path) || path.startsWith(paths.signIn) || path.startsWith(paths.operatorSignIn))
    return undefined;
  return path;
}

export const readSearch = {
  signIn: (raw: Raw): SignInSearch => ({ to: localPath(raw.to) }),
  home: (raw: Raw): HomeSearch => ({
    tab: oneOf(raw.tab, ['buckets', 'keys'] as const),
    owned: oneOf(raw.owned, ['all', 'user', 'contract'] as const),
  }),
  bucket: (raw: Raw): BucketSearch => ({
    prefix: text(raw.prefix),
    find: text(raw.find),
    object: text(raw.object),
    show: oneOf(raw.show, ['facts', 'preview', 'versions', 'metadata', 'tags', 'protection'] as const),
    deleted: raw.deleted === true ? true : undefined,
  }),
  bucketSettings: (raw: Raw): SettingsSearch => ({
    tab: oneOf(raw.tab, settingsTabs),
    policy: oneOf(raw.policy, ['json'] as const),
    measure: oneOf(raw.measure, usageMeasures.buckets),
    days: usageSpans.find(count => count === Number(raw.days)),
  }),
  contracts: (raw: Raw): ContractsSearch => ({ find: text(raw.find) }),
  people: (raw: Raw): PeopleSearch => ({
    tab: oneOf(raw.tab, ['users', 'groups', 'keys'] as const),
    find: text(raw.find),
    state: oneOf(raw.state, ['active', 'inactive', 'expiring', 'idle'] as const),
    sort: oneOf(raw.sort, keySorts),
  }),
  user: (raw: Raw): UserSearch => ({ tab: oneOf(raw.tab, ['metadata', 'groups', 'keys', 'sessions'] as const) }),
  usage: (raw: Raw): UsageSearch => ({
    of: oneOf(raw.of, ['buckets', 'keys'] as const),
    measure: oneOf(raw.measure, [...usageMeasures.buckets, ...usageMeasures.keys]),
    days: usageSpans.find(count => count === Number(raw.days)),
    user: text(raw.user),
  }),
  audit: (raw: Raw): AuditSearch => ({
    by: text(raw.by),
    action: text(raw.action),
    result: oneOf(raw.result, ['done', 'refused'] as const),
    from: day(raw.from),
    to: day(raw.to),
  }),
  group: (raw: Raw): GroupSearch => ({ tab: oneOf(raw.tab, ['privileges', 'members'] as const) }),
};
