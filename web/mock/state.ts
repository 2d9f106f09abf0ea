import type {
  AccessKey,
  ContractSettings,
  Group,
  OperatorContract,
  QuotaLimits,
  Region,
  Session,
  System,
  Token,
  User,
} from '../src/api/types.ts';
import type { LifecycleForecast } from '../src/s3/rules.ts';
import type { PolicyReport } from '../src/s3/types.ts';

import { healthy } from './operator.ts';

/** An object of the mock, with its bytes. */
export interface StoredObject {
  body: Uint8Array<ArrayBuffer>;
  modified: Date;
  etag: string;
  headers: Record<string, string>;
  /** Its tags, as they were sent. */
  tags?: Map<string, string>;
}

export interface StoredUpload {
  bucket: string;
  key: string;
  headers: Record<string, string>;
  parts: Map<number, StoredObject>;
}

export interface StoredBucket {
  region: string;
  /** Id of the user who owns it, if one does. */
  owner?: string;
  created: Date;
  objects: Map<string, StoredObject>;
  /** Settings by their sub-resource, as they were sent. */
  settings: Map<string, string>;
}

export interface StoredKey {
  id: string;
  userId: string;
  accessKey: string;
  secretKey: string;
  description: string;
  active: boolean;
  created: Date;
  expires?: string;
  lastUsed?: string;
}

export interface Account {
  user: User;
  password: string;
}

export interface StoredSession {
  /** As listed; the cookie is another. */
  id: string;
  userId: string;
  csrf: string;
  created: Date;
  program: string;
  visitor?: string;
}

/** Everything the mock server knows; in memory, one for each test. */
export interface State {
  contract: Session['contract'];
  regions: Region[];
  accounts: Map<string, Account>;
  groups: Map<string, Group & { members: Set<string> }>;
  keys: StoredKey[];
  buckets: Map<string, StoredBucket>;
  uploads: Map<string, StoredUpload>;
  /** Sessions by their cookie; one in another user's storage names who looks into it. */
  sessions: Map<string, StoredSession>;
  /** Links into a user's storage, by their tokens. */
  visits: Map<string, { userId: string; by: string }>;
  /** Quotas by user id or name of a bucket. */
  quotas: Map<string, QuotaLimits>;
  attempts: number;
  settings: ContractSettings;
  tokens: Token[];
  /** The certificate that clients have to trust, where there is one. */
  ca?: string;
  /** What the operator is told of the system, and contracts besides the one of the accounts. */
  system: System;
  contracts: OperatorContract[];
  /** What is said of drafts of policies, null to who may put none; the mock judges none. */
  reportPolicy: (draft: string) => PolicyReport | null;
  /** What is foretold of lifecycle rules; the mock follows none. */
  forecast: LifecycleForecast;
}

/** The report on a policy that changes nothing for who asks and for everybody. */
export const harmless: PolicyReport = {
  valid: true,
  faults: [],
  public: false,
  publicStatements: [],
  refusedByPublicAccessBlock: false,
  restrictedByPublicAccessBlock: false,
  you: { gains: [], loses: [], places: ['*'] },
  everybody: { gains: [], loses: [], places: ['*'] },
  complete: true,
};

export const ownerEmail = 'owner@example.org';
export const ownerPassword = 'correct horse battery';

/** Sign-in attempts that may fail before the mock pauses them. */
export const maxAttempts = 5;

let counter = 0;

/** Returns an id of the form of a UUID. */
export function newId(): string {
  counter++;
  return `00000000-0000-4000-8000-${String(counter).padStart(12, '0')}`;
}

export function contractUserId(state: State, userId: string): string {
  return `${state.contract.number}:${userId}`;
}

/** Makes a region as the management API tells it. */
export function region(id: string, bucketOwnership: Region['properties']['bucketOwnership'], endpoint: URL): Region {
  return {
    id,
    type: 'region',
    href: `/regions/${id}`,
    metadata: {},
    properties: {
      version: 1,
      endpoint: endpoint.host,
      endpointUrl: endpoint.origin,
      website: '',
      capability: { iam: false, s3select: false },
      storageClasses: ['standard'],
      location: id,
      bucketOwnership,
    },
  };
}

/** Makes a server that was just started for the first time: an owner, two regions, and nothing else. */
export function newState(origin = 'http://localhost:9000'): State {
  const state: State = {
    contract: { number: 31000000, name: 'Example Ltd' },
    regions: [region('local-1', 'contract-owned', new URL(origin)), region('local-2', 'user-owned', new URL(origin))],
    accounts: new Map(),
    groups: new Map(),
    keys: [],
    buckets: new Map(),
    uploads: new Map(),
    sessions: new Map(),
    visits: new Map(),
    quotas: new Map(),
    attempts: 0,
    settings: { number: 31000000, name: 'Example Ltd', secrets: 'retrievable', maxKeyDays: 0 },
    tokens: [],
    system: healthy(),
    contracts: [],
    reportPolicy: () => harmless,
    forecast: { rules: [], looked: 0, complete: true },
  };
  addUser(state, { firstname: 'Ada', lastname: 'Owner', email: ownerEmail, password: ownerPassword, role: 'owner' });
  return state;
}

/** Begins a session and returns its cookie. */
export function addSession(state: State, userId: string, program: string, visitor?: string): string {
  const cookie = newId();
  const id = newId().replaceAll('-', '');
  state.sessions.set(cookie, { id, userId, csrf: `csrf-${cookie}`, created: new Date(), program, visitor });
  return cookie;
}

interface NewUser {
  firstname: string;
  lastname: string;
  email: string;
  password: string;
  role: 'owner' | 'administrator' | 'user';
}

export function addUser(state: State, given: NewUser): User {
  const id = newId();
  const user: User = {
    id,
    type: 'user',
    href: `/cloudapi/v6/um/users/${id}`,
    metadata: { createdDate: new Date().toISOString(), role: given.role },
    properties: {
      firstname: given.firstname,
      lastname: given.lastname,
      email: given.email,
      administrator: given.role !== 'user',
      forceSecAuth: false,
      secAuthActive: false,
      active: true,
    },
  };
  state.accounts.set(id, { user, password: given.password });
  return user;
}

/** Whether a user may use Object Storage, by role or by a group. */
export function mayUse(state: State, userId: string): boolean {
  const user = state.accounts.get(userId)?.user;
  if (!user) return false;
  return (
    user.properties.administrator ||
    [...state.groups.values()].some(group => group.members.has(userId) && group.properties.s3Privilege)
  );
}

export function mayReadLog(state: State, userId: string): boolean {
  const user = state.accounts.get(userId)?.user;
  if (!user) return false;
  return (
    user.properties.administrator ||
    [...state.groups.values()].some(group => group.members.has(userId) && group.properties.accessActivityLog === true)
  );
}

export function keysOf(state: State, userId: string): StoredKey[] {
  return state.keys.filter(key => key.userId === userId);
}

export function addKey(state: State, userId: string, description: string, expires?: string): StoredKey {
  const number = state.keys.length + ++counter;
  const key: StoredKey = {
    id: newId(),
    userId,
    accessKey: `00000${`Mock${number}`.padEnd(87, 'aB3dE-_9')}`,
    secretKey: `secret${number}`.padEnd(64, '+/xY7'),
    description,
    active: true,
    created: new Date(),
    expires: expires === 'never' ? undefined : expires,
  };
  state.keys.push(key);
  const user = state.accounts.get(userId)?.user;
  if (user) user.properties.s3CanonicalUserId ??= userId.replaceAll('-', '');
  return key;
}

/** Returns a key as the management API tells it. */
export function readKey(state: State, key: StoredKey, withSecret: boolean): AccessKey {
  const user = state.accounts.get(key.userId)?.user;
  return {
    id: key.id,
    type: 'accesskey',
    href: `/accesskeys/${key.id}`,
    metadata: {
      status: 'AVAILABLE',
      supportedRegions: state.regions.map(one => one.id),
      createdDate: key.created.toISOString(),
      administrative: user?.properties.administrator ?? false,
      active: key.active,
      validity: 'all-buckets',
      expires: key.expires,
      lastUsed: key.lastUsed
        ? { date: key.lastUsed, operation: 'GetObject', bucket: 'photos', source: '192.0.2.7', program: 'rclone/v1.70' }
        : undefined,
    },
    properties: {
      description: key.description,
      accessKey: key.accessKey,
      secretKey: withSecret ? key.secretKey : '',
      canonicalUserId: user?.properties.s3CanonicalUserId,
      contractUserId: contractUserId(state, key.userId),
    },
  };
}
