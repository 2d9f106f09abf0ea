import type { AuditRecord, OperatorContract, OperatorRegion, QuotaLimits, System } from '../src/api/types.ts';
import { collection, empty, json, refuse, windowOf } from './reply.ts';
import type { State, StoredSession } from './state.ts';
import * as store from './state.ts';

/** What signs the operator in to the mock. */
export const operatorToken = 'coffer-operator-mock-token-0123456789';

/** What is in the record of the system. */
const records: AuditRecord[] = [
  {
    number: 2,
    hash: 'b',
    time: '2026-11-24T10:00:00Z',
    action: 'coffer:ManageRegions',
    result: 'done',
    operator: true,
    via: 'operator',
    subject: 'berlin',
    detail: 'user-owned',
  },
  {
    number: 1,
    hash: 'a',
    time: '2026-11-24T09:00:00Z',
    action: 'coffer:SignIn',
    result: 'refused',
    reason: 'Unauthorized',
    count: 3,
    source: '192.0.2.7',
  },
];

/** The user of the operator's sessions, who is none. */
const operatorId = 'operator';

interface Call {
  state: State;
  request: Request;
  url: URL;
  cookie: string;
  session: StoredSession | undefined;
}

/** Answers what is about the whole system, and everything that the operator asks; null for the rest. */
export async function operator(call: Call): Promise<Response | null> {
  const { state, request, url, session } = call;
  const path = url.pathname;
  const asks = `${request.method} ${path}`;
  if (asks === 'POST /operator/session') return signIn(state, request);
  const mine = session?.userId === operatorId;
  if (!mine && !path.startsWith('/operator/')) return null;
  if (!session) return refuse(401, 'Unauthenticated', 'Sign in first.');
  if (!mine) return refuse(403, 'Forbidden', 'Only the operator may do this.');
  if (request.method !== 'GET' && request.headers.get('X-CSRF-Token') !== session.csrf)
    return refuse(403, 'CSRF', 'The header X-CSRF-Token is missing or wrong.');
  const owner = /^\/operator\/contracts\/\d+\/users\/([^/]+)\/accesskeys$/.exec(path)?.[1];
  if (owner && request.method === 'POST') return importKey(state, owner, request);
  if (path.startsWith('/operator/contracts/')) return oneContract(state, Number(path.split('/').at(-1)));
  if (request.method === 'DELETE' && path.endsWith('/second-factor')) {
    const account = state.accounts.get(path.split('/')[3] ?? '');
    if (account) account.user.properties.secAuthActive = false;
    return empty(204);
  }
  switch (asks) {
    case 'GET /operator/session':
      return json(200, tell(session));
    case 'DELETE /console/session':
      state.sessions.delete(call.cookie);
      return empty(204);
    case 'GET /operator/system':
      return json(200, state.system);
    case 'GET /operator/regions':
      return json(200, { items: regions(state) });
    case 'POST /operator/regions':
      return createRegion(state, request);
    case 'GET /operator/audit':
      return json(200, {
        items: records.filter(one => !url.searchParams.get('result') || one.result === url.searchParams.get('result')),
      });
    case 'GET /operator/audit/verify':
      return json(200, { whole: true, records: 2, head: 'cd34' });
    case 'GET /operator/contracts':
      return contracts(state, url);
    case 'POST /operator/contracts':
      return createContract(state, request);
    case 'POST /operator/password-reset':
      return resetPassword(state, request);
    case 'GET /console/quota':
      return json(200, quota(state));
    case 'PUT /console/quota':
      state.quotas.set('', (await request.json()) as QuotaLimits);
      return json(200, quota(state));
    case 'GET /cloudapi/v6/um/users':
      return collection(
        '',
        request.headers.get('X-Contract-Number') ? [...state.accounts.values()].map(one => one.user) : [],
      );
  }
  return refuse(403, 'Operator', 'The operator is no user and has no keys, password or storage; sign in as a user.');
}

async function signIn(state: State, request: Request): Promise<Response> {
  const { token } = (await request.json()) as { token: string };
  if (token !== operatorToken) return refuse(401, 'Unauthorized', 'The token is not known here.');
  const cookie = store.addSession(state, operatorId, '');
  const session = state.sessions.get(cookie);
  return json(200, tell(session), { 'Set-Cookie': `coffer_session=${cookie}; Path=/; HttpOnly; SameSite=Strict` });
}

function tell(session: StoredSession | undefined) {
  return {
    csrfToken: session?.csrf ?? '',
    expires: new Date(Date.now() + 3600_000).toISOString(),
    version: '0.1.0-mock',
  };
}

/** A system that is well. */
export function healthy(): System {
  const now = new Date().toISOString();
  return {
    version: '0.1.0-mock',
    started: new Date(Date.now() - 3 * 86_400_000).toISOString(),
    now,
    host: 'storage-1',
    processors: 4,
    ready: true,
    problems: [],
    disk: { folder: '/var/lib/coffer', bytes: 500 * 1024 ** 3, free: 320 * 1024 ** 3, reserve: 1024 ** 3 },
    memory: { used: 96 * 1024 ** 2, limit: 256 * 1024 ** 2 },
    stores: [
      { name: 'rows', ready: true, bytes: 40 * 1024 ** 2, commits: 12_345 },
      { name: 'content', ready: true },
    ],
    jobs: [
      { name: 'collection', state: 'waiting', ended: now },
      { name: 'lifecycle', state: 'running' },
      { name: 'retention', state: 'waiting' },
    ],
    listeners: [
      { name: 's3', url: 'http://localhost:9000', tls: false },
      { name: 'control', url: 'http://localhost:9001', tls: false },
    ],
  };
}

function regions(state: State): OperatorRegion[] {
  return state.regions.map(({ id, properties }) => ({
    name: id,
    ownership: properties.bucketOwnership ?? 'contract-owned',
    endpoint: properties.endpointUrl ?? '',
    buckets: [...state.buckets.values()].filter(bucket => bucket.region === id).length,
    objects: 0,
    bytes: 0,
  }));
}

async function createRegion(state: State, request: Request): Promise<Response> {
  const { name, ownership } = (await request.json()) as Pick<OperatorRegion, 'name' | 'ownership'>;
  if (state.regions.some(one => one.id === name)) return refuse(409, 'Conflict', 'There is a region of this name.');
  state.regions.push(store.region(name, ownership, new URL(state.regions[0]?.properties.endpointUrl ?? '')));
  return json(201, regions(state).at(-1));
}

/** The contract of the mock's people; others have an owner alone. */
function ownContract(state: State): OperatorContract {
  const owner = [...state.accounts.values()].find(one => one.user.metadata?.role === 'owner')?.user;
  return {
    number: state.contract.number,
    name: state.contract.name ?? '',
    ownerId: owner?.id ?? '',
    ownerName: `${owner?.properties.firstname} ${owner?.properties.lastname}`,
    ownerEmail: owner?.properties.email,
    createdDate: '2026-01-02T03:04:05Z',
    users: state.accounts.size,
    buckets: state.buckets.size,
    objects: 2,
    bytes: 3 * 1024,
  };
}

function contracts(state: State, url: URL): Response {
  const find = (url.searchParams.get('find') ?? '').toLowerCase();
  const items = [ownContract(state), ...state.contracts].filter(one =>
    `${one.number} ${one.name} ${one.ownerName} ${one.ownerEmail}`.toLowerCase().includes(find),
  );
  return json(200, { items: windowOf(url, items, 100), total: items.length });
}

function oneContract(state: State, number: number): Response {
  const found = [ownContract(state), ...state.contracts].find(one => one.number === number);
  return found ? json(200, found) : refuse(404, 'NotFound', 'There is no such contract.');
}

async function createContract(state: State, request: Request): Promise<Response> {
  const { name, owner } = (await request.json()) as {
    name: string;
    owner: { firstname: string; lastname: string; email: string };
  };
  if ([...state.accounts.values()].some(one => one.user.properties.email === owner.email))
    return refuse(409, 'MailTaken', 'The email address is in use.');
  const contract: OperatorContract = {
    number: state.contract.number + state.contracts.length + 1,
    name,
    ownerId: store.newId(),
    ownerName: `${owner.firstname} ${owner.lastname}`,
    ownerEmail: owner.email,
    createdDate: new Date().toISOString(),
    users: 1,
    buckets: 0,
    objects: 0,
    bytes: 0,
  };
  state.contracts.push(contract);
  return json(201, { contract, owner: { id: contract.ownerId, email: owner.email }, password: 'generated-for-owner' });
}

async function importKey(state: State, userId: string, request: Request): Promise<Response> {
  const given = (await request.json()) as { accessKey: string; secretKey: string; description?: string };
  if (state.keys.some(key => key.accessKey === given.accessKey))
    return refuse(409, 'Conflict', 'The access key is in use.');
  const key = Object.assign(store.addKey(state, userId, given.description ?? ''), given);
  return json(201, { id: key.id, accessKey: key.accessKey, userId, description: key.description, active: true });
}

async function resetPassword(state: State, request: Request): Promise<Response> {
  const { email } = (await request.json()) as { email: string };
  const account = [...state.accounts.values()].find(one => one.user.properties.email === email);
  if (!account) return refuse(404, 'NotFound', 'There is no such user.');
  account.password = 'generated-for-user';
  return json(200, { password: account.password });
}

function quota(state: State) {
  return { of: 'contract', bytesUsed: 3 * 1024, objectsUsed: 2, ...state.quotas.get('') };
}
