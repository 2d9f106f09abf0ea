import type {
  AuditRecord,
  BucketUsage,
  ContractKey,
  ContractSettings,
  GroupProperties,
  Quota,
  QuotaLimits,
  Session,
  SignRequest,
  UserCreate,
  UserSession,
  UserUpdate,
  UserUsage,
} from '../src/api/types.ts';
import { operator } from './operator.ts';
import { collection, empty, json, refuse, windowOf } from './reply.ts';
import type { State } from './state.ts';
import * as store from './state.ts';

type Answer = Response | Promise<Response>;

interface Call {
  state: State;
  request: Request;
  /** The header of that name; apart, since browsers let no script set it. */
  cookie: string;
  url: URL;
  userId: string;
  /** The parts of the path that the pattern left open. */
  args: string[];
}

const { maxAttempts } = store;

/** Answers a request to the control listener; null when it is for none of its paths. */
export async function control(state: State, request: Request, cookie: string): Promise<Response | null> {
  const url = new URL(request.url);
  const path = url.pathname;
  if (path === '/console/info')
    return json(200, {
      product: 'Coffer',
      version: '0.1.0-mock',
      tls: false,
      ca: state.ca !== undefined || undefined,
      signInHints: [],
    });
  if (path === '/console/ca') return new Response(state.ca ?? '', { status: state.ca ? 200 : 404 });
  if (path === '/console/session' && request.method === 'POST') return signIn(state, request);
  if (path === '/console/visit' && request.method === 'POST') return visit(state, request);
  const asked = await operator({ state, request, url, cookie: sessionId(cookie), session: sessionOf(state, cookie) });
  if (asked) return asked;
  for (const [method, pattern, handle] of routes) {
    const match = method === request.method && pattern.exec(path);
    if (!match) continue;
    const session = sessionOf(state, cookie);
    if (!session) return refuse(401, 'Unauthenticated', 'Sign in first.');
    if (method !== 'GET' && request.headers.get('X-CSRF-Token') !== session.csrf) {
      return refuse(403, 'CSRF', 'The header X-CSRF-Token is missing or wrong.');
    }
    const args = match.slice(1).map(decodeURIComponent);
    return handle({ state, request, cookie, url, userId: session.userId, args });
  }
  return null;
}

function sessionId(cookie: string): string {
  return /coffer_session=([^;]+)/.exec(cookie)?.[1] ?? '';
}

function sessionOf(state: State, cookie: string) {
  return state.sessions.get(sessionId(cookie));
}

async function signIn(state: State, request: Request): Promise<Response> {
  const { email, password } = (await request.json()) as { email: string; password: string };
  if (state.attempts >= maxAttempts)
    return refuse(429, 'TooManyAttempts', 'Too many attempts.', { 'Retry-After': '30' });
  const account = [...state.accounts.values()].find(one => one.user.properties.email === email);
  if (!account || account.password !== password) {
    state.attempts++;
    return refuse(401, 'WrongCredentials', 'Email or password is wrong.');
  }
  state.attempts = 0;
  return begin(state, store.addSession(state, account.user.id, request.headers.get('User-Agent') ?? ''));
}

/** Answers with a new session and its cookie. */
function begin(state: State, cookie: string): Response {
  const session = state.sessions.get(cookie);
  if (!session) throw new Error('no session was begun');
  return json(200, tell(state, session.userId, session.csrf, session.visitor), {
    'Set-Cookie': `coffer_session=${cookie}; Path=/; HttpOnly; SameSite=Strict`,
  });
}

async function visit(state: State, request: Request): Promise<Response> {
  const { token } = (await request.json()) as { token: string };
  const link = state.visits.get(token);
  if (!link) return refuse(403, 'VisitOver', 'The link was used already or is older than a minute.');
  state.visits.delete(token);
  return begin(state, store.addSession(state, link.userId, request.headers.get('User-Agent') ?? '', link.by));
}

function openStorage({ state, url, args, userId }: Call): Answer {
  const token = store.newId();
  state.visits.set(token, { userId: args[0] ?? '', by: userId });
  return json(200, { ssoUrl: `${url.origin}/visit#${token}` });
}

function tell(state: State, userId: string, csrfToken: string, visitorId?: string): Session {
  const user = state.accounts.get(userId)?.user;
  if (!user) throw new Error('a session of nobody');
  const { firstname, lastname, email, s3CanonicalUserId } = user.properties;
  const visitor = state.accounts.get(visitorId ?? '')?.user.properties;
  return {
    csrfToken,
    user: {
      id: userId,
      firstname,
      lastname,
      email,
      role: user.metadata?.role ?? 'user',
      objectStorage: store.mayUse(state, userId),
      activityLog: store.mayReadLog(state, userId),
      secondFactor: { active: false, required: false },
      canonicalUserId: s3CanonicalUserId,
      contractUserId: store.contractUserId(state, userId),
    },
    contract: state.contract,
    s3: { url: state.regions[0]?.properties.endpointUrl ?? '' },
    visitor: visitorId && visitor ? { id: visitorId, name: `${visitor.firstname} ${visitor.lastname}` } : undefined,
    version: '0.1.0-mock',
    expires: new Date(Date.now() + 12 * 3600_000).toISOString(),
  };
}

function session({ state, cookie, userId }: Call): Answer {
  const found = sessionOf(state, cookie);
  return json(200, tell(state, userId, found?.csrf ?? '', found?.visitor));
}

function listSessions({ state, cookie, args }: Call): Answer {
  const items = [...state.sessions]
    .filter(([, one]) => one.userId === args[0])
    .map(([key, one]): UserSession => {
      const visitor = state.accounts.get(one.visitor ?? '')?.user;
      const when = one.created.toISOString();
      return {
        id: one.id,
        created: when,
        lastSeen: when,
        expires: when,
        source: '192.0.2.7',
        lastSource: '192.0.2.7',
        program: one.program,
        current: key === sessionId(cookie),
        visitor: visitor && { id: visitor.id, name: `${visitor.properties.firstname} ${visitor.properties.lastname}` },
      };
    });
  return json(200, { items: items.reverse() });
}

function endSession({ state, args }: Call): Answer {
  for (const [key, one] of state.sessions) {
    if (one.userId === args[0] && one.id === args[1]) {
      state.sessions.delete(key);
      return empty(204);
    }
  }
  return refuse(404, 'NotFound', 'There is no such session; it may have ended already.');
}

function endSessions({ state, cookie, args }: Call): Answer {
  const others = [...state.sessions].filter(([key, one]) => one.userId === args[0] && key !== sessionId(cookie));
  for (const [key] of others) state.sessions.delete(key);
  return json(200, { ended: others.length });
}

function signOut({ state, cookie }: Call): Answer {
  state.sessions.delete(sessionId(cookie));
  return empty(204);
}

async function changePassword({ state, request, userId }: Call): Promise<Response> {
  const given = (await request.json()) as { old: string; new: string };
  const account = state.accounts.get(userId);
  if (account?.password !== given.old) return refuse(403, 'WrongPassword', 'The present password is wrong.');
  account.password = given.new;
  return empty(204);
}

async function signRequests({ request, url }: Call): Promise<Response> {
  const { requests } = (await request.json()) as { requests: SignRequest[] };
  const signed = requests.map(({ bucket, key, query, headers }) => {
    const path = bucket
      ? `/${bucket}${key === undefined ? '' : `/${key.split('/').map(encodeURIComponent).join('/')}`}`
      : '/';
    const link = new URL(`/__s3${path}`, url.origin);
    for (const [name, value] of Object.entries(query ?? {})) link.searchParams.set(name, value);
    link.searchParams.set('X-Amz-Signature', 'mock');
    return { url: link.href, headers: headers ?? {} };
  });
  return json(200, { requests: signed });
}

function listKeys({ state, url, userId }: Call): Answer {
  return collection(
    '/accesskeys',
    store.keysOf(state, url.searchParams.get('filter.userId') ?? userId).map(key => store.readKey(state, key, false)),
  );
}

async function makeKey({ state, request, userId }: Call): Promise<Response> {
  const given = (await request.json()) as { properties: { description?: string; expires?: string } };
  const { description = '', expires } = given.properties;
  const refusal = mayHaveKey(state, userId);
  return refusal ?? json(201, store.readKey(state, store.addKey(state, userId, description, expires), true));
}

function mayHaveKey(state: State, userId: string): Response | null {
  if (!store.mayUse(state, userId)) {
    return refuse(
      422,
      'NoPrivilege',
      'The user needs to be part of a group that has ACCESS_S3_OBJECT_STORAGE privilege',
    );
  }
  if (store.keysOf(state, userId).length >= 5) return refuse(422, 'TooManyKeys', 'A user has at most five keys.');
  return null;
}

function dropKey(state: State, id: string, byAccessKey: boolean): Response {
  const key = state.keys.find(one => (byAccessKey ? one.accessKey : one.id) === id);
  if (!key) return refuse(byAccessKey ? 422 : 404, 'NotFound', 'There is no such key.');
  const owns = [...state.buckets.values()].some(bucket => bucket.region === 'local-2');
  if (store.keysOf(state, key.userId).length === 1 && owns)
    return refuse(409, 'OnlyKey', 'The only key is not deleted while buckets exist.');
  state.keys = state.keys.filter(one => one !== key);
  return empty(202);
}

function cloudKey(state: State, key: store.StoredKey) {
  const { metadata } = store.readKey(state, key, false);
  return {
    id: key.accessKey,
    type: 's3key',
    href: '',
    metadata: {
      createdDate: metadata.createdDate,
      administrative: metadata.administrative,
      validity: metadata.validity,
      accesskeyId: key.id,
    },
    properties: { secretKey: key.secretKey, active: key.active, description: key.description },
  };
}

function oneCloudKey({ state, args }: Call): Answer {
  const key = state.keys.find(one => one.accessKey === args[1]);
  return key ? json(200, cloudKey(state, key)) : refuse(422, 'NotFound', 'The access key cannot be found.');
}

async function setCloudKey({ state, request, args }: Call): Promise<Response> {
  const key = state.keys.find(one => one.accessKey === args[1]);
  const given = (await request.json()) as { properties: { active: boolean } };
  if (!key) return refuse(422, 'NotFound', 'The access key cannot be found.');
  key.active = given.properties.active;
  return json(202, cloudKey(state, key));
}

async function makeCloudKey({ state, request, args }: Call): Promise<Response> {
  const userId = args[0] ?? '';
  const given = (await request.json()) as { properties: { expires?: string } };
  return (
    mayHaveKey(state, userId) ?? json(200, cloudKey(state, store.addKey(state, userId, '', given.properties.expires)))
  );
}

function allKeys({ state, url }: Call): Answer {
  const items = state.keys.map((key): ContractKey => {
    const { metadata, properties } = store.readKey(state, key, false);
    return {
      id: key.id,
      accessKey: properties.accessKey,
      userId: key.userId,
      description: key.description,
      active: key.active,
      administrative: metadata.administrative ?? false,
      validity: 'all-buckets',
      created: key.created.toISOString(),
      expires: key.expires,
      lastUsed: key.lastUsed,
    };
  });
  return json(200, { items: windowOf(url, items), total: items.length });
}

const records: AuditRecord[] = [
  {
    number: 3,
    hash: 'c',
    time: '2026-11-24T10:00:00Z',
    action: 'coffer:CreateAccessKey',
    result: 'done',
    byName: 'Ada Owner',
    by: 'u',
    via: 'session',
    program: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36',
  },
  {
    number: 2,
    hash: 'b',
    time: '2026-11-24T09:00:00Z',
    action: 'coffer:SignIn',
    result: 'refused',
    reason: 'WrongCredentials',
    count: 4,
  },
  {
    number: 1,
    hash: 'a',
    time: '2026-11-24T08:00:00Z',
    action: 's3:CreateBucket',
    result: 'done',
    subject: 'photos',
    via: 'key',
    program: 'rclone/v1.70.0',
  },
];

/** Each user a row of today, each with ten requests more than the one before. */
function userUsage(state: State): UserUsage[] {
  const day = new Date().toISOString().slice(0, 10);
  return [...state.accounts.keys()].map((userId, at) => ({
    day,
    userId,
    requests: 10 * (at + 1),
    errors: 1,
    bytesIn: 1024,
    bytesOut: 2048,
  }));
}

/** Two records a page, so that there is more than one. */
function audit(url: URL): Response {
  const result = url.searchParams.get('result');
  const before = Number(url.searchParams.get('before') ?? Number.POSITIVE_INFINITY);
  const fit = records.filter(one => one.number < before && (!result || one.result === result));
  const items = fit.slice(0, 2);
  return json(200, { items, next: fit.length > 2 ? items.at(-1)?.number : undefined });
}

function bucketUsage(): BucketUsage[] {
  const day = new Date().toISOString().slice(0, 10);
  return [{ day, bucket: 'photos', region: 'local-1', objects: 2, versions: 3, bytes: 3 * 1024 }];
}

function invite({ url }: Call): Answer {
  const token = store.newId();
  const expires = new Date(Date.now() + 7 * 86_400_000).toISOString();
  return json(201, { token, link: `${url.origin}/invitation#${token}`, expires });
}

function dropFactor({ state, args }: Call): Answer {
  const account = state.accounts.get(args[0] ?? '');
  if (account) account.user.properties.secAuthActive = false;
  return empty(204);
}

async function setContract({ state, request }: Call): Promise<Response> {
  state.settings = { ...state.settings, ...((await request.json()) as ContractSettings) };
  return json(200, state.settings);
}

function quota({ state, url }: Call): Answer {
  const userId = url.searchParams.get('userId') ?? undefined;
  const bucket = url.searchParams.get('bucket') ?? undefined;
  const objects = state.buckets.get(bucket ?? '')?.objects.values() ?? [];
  const bytes = [...objects].map(one => one.body.length);
  return json(200, {
    of: bucket ? 'bucket' : userId ? 'user' : 'contract',
    userId,
    bucket,
    bytesUsed: bytes.reduce((sum, one) => sum + one, 0),
    objectsUsed: bytes.length,
    ...state.quotas.get(userId ?? bucket ?? ''),
  } satisfies Quota);
}

async function setQuota(call: Call): Promise<Response> {
  const of = call.url.searchParams.get('userId') ?? call.url.searchParams.get('bucket') ?? '';
  call.state.quotas.set(of, (await call.request.json()) as QuotaLimits);
  return quota(call);
}

function makeToken({ state, url }: Call): Answer {
  const now = Date.now();
  const ttl = Number(url.searchParams.get('ttl') ?? 31_536_000);
  const id = store.newId();
  const dates = { createdDate: new Date(now).toISOString(), expirationDate: new Date(now + ttl * 1000).toISOString() };
  state.tokens.push({ id, href: `/auth/v1/tokens/${id}`, ...dates });
  return json(200, { token: `mock-token-${id}` });
}

function dropToken({ state, args }: Call): Answer {
  state.tokens = state.tokens.filter(one => one.id !== args[0]);
  return json(200, { success: true });
}

function shownUser(state: State, account: store.Account) {
  const { user } = account;
  return {
    ...user,
    metadata: {
      ...user.metadata,
      objectStorage: store.mayUse(state, user.id),
      contractUserId: store.contractUserId(state, user.id),
    },
  };
}

function managing({ state, userId }: Call): boolean {
  return state.accounts.get(userId)?.user.properties.administrator ?? false;
}

function forManagers(handle: (call: Call) => Answer) {
  return (call: Call): Answer =>
    sessionOf(call.state, call.cookie)?.visitor
      ? refuse(403, 'Visiting', "You are looking into another user's storage.")
      : managing(call)
        ? handle(call)
        : refuse(403, 'Denied', 'Only owners and administrators may do this.');
}

function forLogReaders(handle: (call: Call) => Answer) {
  return (call: Call): Answer =>
    store.mayReadLog(call.state, call.userId)
      ? handle(call)
      : refuse(403, 'Denied', 'Only owners and administrators may do this.');
}

function ownOrManager(handle: (call: Call) => Answer) {
  return (call: Call): Answer =>
    call.args[0] === call.userId || managing(call)
      ? handle(call)
      : refuse(403, 'Denied', 'Only owners and administrators may do this.');
}

async function makeUser({ state, request }: Call): Promise<Response> {
  const { properties } = (await request.json()) as { properties: UserCreate };
  if ([...state.accounts.values()].some(one => one.user.properties.email === properties.email)) {
    return refuse(409, 'MailTaken', 'The email address is in use.');
  }
  const user = store.addUser(state, { ...properties, role: properties.administrator ? 'administrator' : 'user' });
  return json(202, shownUser(state, { user, password: '' }));
}

function oneUser({ state, args }: Call): Answer {
  const account = state.accounts.get(args[0] ?? '');
  return account ? json(200, shownUser(state, account)) : refuse(404, 'NotFound', 'There is no such user.');
}

async function setUser({ state, request, args }: Call): Promise<Response> {
  const account = state.accounts.get(args[0] ?? '');
  const { properties } = (await request.json()) as { properties: UserUpdate };
  if (!account) return refuse(404, 'NotFound', 'There is no such user.');
  const { password: _, ...rest } = properties;
  Object.assign(account.user.properties, rest);
  const role = account.user.metadata?.role === 'owner' ? 'owner' : properties.administrator ? 'administrator' : 'user';
  account.user.metadata = { ...account.user.metadata, role, etag: store.newId() };
  return json(202, shownUser(state, account));
}

function dropUser({ state, args }: Call): Answer {
  if ([...state.buckets.values()].some(bucket => bucket.owner === args[0]))
    return refuse(422, 'OwnsBuckets', 'The user owns buckets; delete them or hand them over first.');
  state.accounts.delete(args[0] ?? '');
  for (const group of state.groups.values()) group.members.delete(args[0] ?? '');
  return empty(202);
}

async function handOver({ state, request, args }: Call): Promise<Response> {
  const { to } = (await request.json()) as { to: string };
  if (!state.accounts.get(to)?.user.properties.s3CanonicalUserId)
    return refuse(409, 'NoCanonicalId', 'The new owner has no canonical user id; generate a key for them first.');
  const own = [...state.buckets.values()].filter(bucket => bucket.owner === args[0]);
  for (const bucket of own) bucket.owner = to;
  return json(200, { buckets: own.length });
}

type StoredGroup = State['groups'] extends Map<string, infer G> ? G : never;

function shownGroup({ members, ...group }: StoredGroup) {
  const items = [...members].map(id => ({ id, type: 'user', href: '', properties: {} }));
  return { ...group, entities: { users: { id: '', type: 'collection', href: '', items } } };
}

async function makeGroup({ state, request }: Call): Promise<Response> {
  const { properties } = (await request.json()) as { properties: GroupProperties };
  const id = store.newId();
  const group = { id, type: 'group', href: `/cloudapi/v6/um/groups/${id}`, properties, members: new Set<string>() };
  state.groups.set(id, group);
  return json(202, shownGroup(group));
}

async function setGroup({ state, request, args }: Call): Promise<Response> {
  const group = state.groups.get(args[0] ?? '');
  const { properties } = (await request.json()) as { properties: GroupProperties };
  if (!group) return refuse(404, 'NotFound', 'There is no such group.');
  group.properties = properties;
  return json(202, shownGroup(group));
}

function withGroup(handle: (call: Call, group: StoredGroup) => Answer) {
  return forManagers(call => {
    const group = call.state.groups.get(call.args[0] ?? '');
    return group ? handle(call, group) : refuse(404, 'NotFound', 'There is no such group.');
  });
}

const members = withGroup(({ state, url }, group) =>
  collection(
    url.pathname,
    windowOf(
      url,
      [...group.members].flatMap(id => state.accounts.get(id) ?? []),
    ).map(one => shownUser(state, one)),
  ),
);

const addMember = withGroup(async ({ state, request }, group) => {
  const { id } = (await request.json()) as { id: string };
  const account = state.accounts.get(id);
  if (!account) return refuse(404, 'NotFound', 'There is no such user.');
  group.members.add(id);
  return json(202, shownUser(state, account));
});

const um = '/cloudapi/v6/um';
const route = (path: string) => new RegExp(`^${path.replaceAll('*', '([^/]+)')}$`);

const routes: [string, RegExp, (call: Call) => Answer][] = [
  ['GET', route('/console/session'), session],
  ['DELETE', route('/console/session'), signOut],
  ['POST', route('/console/password'), changePassword],
  ['POST', route('/console/sign'), signRequests],
  ['GET', route('/console/keys'), forManagers(allKeys)],
  ['GET', route('/console/contract'), ({ state }) => json(200, state.settings)],
  ['PUT', route('/console/contract'), forManagers(setContract)],
  ['GET', route('/console/users/*/sessions'), ownOrManager(listSessions)],
  ['DELETE', route('/console/users/*/sessions'), ownOrManager(endSessions)],
  ['DELETE', route('/console/users/*/sessions/*'), ownOrManager(endSession)],
  ['POST', route('/console/users/*/invitation'), forManagers(invite)],
  ['POST', route('/console/users/*/handover'), forManagers(handOver)],
  ['DELETE', route('/console/users/*/second-factor'), forManagers(dropFactor)],
  ['GET', route('/console/quota'), quota],
  ['PUT', route('/console/quota'), forManagers(setQuota)],
  ['GET', route('/console/audit'), forLogReaders(({ url }) => audit(url))],
  ['GET', route('/console/audit/verify'), forLogReaders(() => json(200, { whole: true, records: 3, head: 'ab12' }))],
  ['GET', route('/console/usage/users'), forManagers(({ state }) => json(200, { items: userUsage(state) }))],
  ['GET', route('/console/usage/keys'), () => json(200, { items: [] })],
  [
    'GET',
    route('/console/usage/buckets'),
    forManagers(({ url }) => {
      const bucket = url.searchParams.get('bucket');
      return json(200, { items: bucketUsage().filter(row => !bucket || row.bucket === bucket) });
    }),
  ],
  ['GET', route('/auth/v1/tokens'), ({ state }) => json(200, { tokens: state.tokens })],
  ['GET', route('/auth/v1/tokens/generate'), makeToken],
  ['DELETE', route('/auth/v1/tokens/*'), dropToken],
  ['GET', route('/accesskeys'), listKeys],
  ['POST', route('/accesskeys'), makeKey],
  ['DELETE', route('/accesskeys/*'), ({ state, args }) => dropKey(state, args[0] ?? '', false)],
  ['GET', route('/regions'), ({ state }) => collection('/regions', state.regions)],
  [
    'GET',
    route(`${um}/users`),
    forManagers(({ state, url }) =>
      collection(
        '',
        windowOf(url, [...state.accounts.values()]).map(one => shownUser(state, one)),
      ),
    ),
  ],
  ['POST', route(`${um}/users`), forManagers(makeUser)],
  ['GET', route(`${um}/users/*`), forManagers(oneUser)],
  ['PUT', route(`${um}/users/*`), forManagers(setUser)],
  ['DELETE', route(`${um}/users/*`), forManagers(dropUser)],
  ['GET', route(`${um}/users/*/s3ssourl`), forManagers(openStorage)],
  [
    'GET',
    route(`${um}/users/*/groups`),
    forManagers(({ state, args }) =>
      collection('', [...state.groups.values()].filter(one => one.members.has(args[0] ?? '')).map(shownGroup)),
    ),
  ],
  [
    'GET',
    route(`${um}/users/*/s3keys`),
    ownOrManager(({ state, args }) =>
      collection(
        '',
        store.keysOf(state, args[0] ?? '').map(key => cloudKey(state, key)),
      ),
    ),
  ],
  ['POST', route(`${um}/users/*/s3keys`), ownOrManager(makeCloudKey)],
  ['GET', route(`${um}/users/*/s3keys/*`), ownOrManager(oneCloudKey)],
  ['PUT', route(`${um}/users/*/s3keys/*`), ownOrManager(setCloudKey)],
  ['DELETE', route(`${um}/users/*/s3keys/*`), ownOrManager(({ state, args }) => dropKey(state, args[1] ?? '', true))],
  [
    'GET',
    route(`${um}/groups`),
    forManagers(({ state, url }) => collection('', windowOf(url, [...state.groups.values()]).map(shownGroup))),
  ],
  ['POST', route(`${um}/groups`), forManagers(makeGroup)],
  ['GET', route(`${um}/groups/*`), withGroup((_, group) => json(200, shownGroup(group)))],
  ['PUT', route(`${um}/groups/*`), forManagers(setGroup)],
  [
    'DELETE',
    route(`${um}/groups/*`),
    withGroup(({ state }, group) => {
      state.groups.delete(group.id);
      return empty(202);
    }),
  ],
  ['GET', route(`${um}/groups/*/users`), members],
  ['POST', route(`${um}/groups/*/users`), addMember],
  [
    'DELETE',
    route(`${um}/groups/*/users/*`),
    withGroup(({ args }, group) => {
      group.members.delete(args[1] ?? '');
      return empty(202);
    }),
  ],
];
