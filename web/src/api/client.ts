import createClient, { type Middleware } from 'openapi-fetch';
import type { paths as CloudPaths } from './cloud.gen.ts';
import type { paths as ConsolePaths } from './console.gen.ts';
import { Failure, kindOf, offline, retryAfter } from './failure.ts';
import type { paths as ManagementPaths } from './management.gen.ts';

interface ErrorBody {
  messages?: { errorCode?: string; message?: string }[];
}

/** Requests that sign in or ask who is signed in: being nobody is an answer to them. */
const asksWho = /^\/(console|operator)\/session/;

let csrfToken = '';
let onSignedOut: () => void = () => {};

/** Keeps the session's CSRF token; it lives in memory only and ends with the page. */
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

/** Says what happens when the server answers that the session has ended. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

const funnel: Middleware = {
  onRequest({ request }) {
    // Some that change something have the method GET (tokens), so every request bears it.
    if (csrfToken) request.headers.set('X-CSRF-Token', csrfToken);
    return request;
  },
  async onResponse({ request, response }) {
    if (response.ok) return response;
    const failure = await failureOf(response);
    if (failure.kind === 'signedOut' && !asksWho.test(new URL(request.url).pathname)) onSignedOut();
    throw failure;
  },
  onError({ error }) {
    return error instanceof Failure ? error : offline(error);
  },
};

async function failureOf(response: Response): Promise<Failure> {
  let body: ErrorBody = {};
  try {
    body = (await response.json()) as ErrorBody;
  } catch {
    // An answer of a proxy in between need not be JSON: its status says enough.
  }
  const first = body.messages?.[0];
  return new Failure({
    kind: kindOf(response.status),
    status: response.status,
    code: first?.errorCode ?? '',
    message: first?.message ?? `${response.status} ${response.statusText}`.trim(),
    requestId: response.headers.get('X-Request-Id') ?? '',
    retryAfter: retryAfter(response.headers),
  });
}

const options = {
  baseUrl: typeof location === 'undefined' ? 'http://localhost/' : location.origin,
  credentials: 'same-origin' as const,
  cache: 'no-store' as const,
  fetch: (request: Request) => globalThis.fetch(request),
};

function client<Paths extends object>() {
  const c = createClient<Paths>(options);
  c.use(funnel);
  return c;
}

/** Sessions, signing and password. */
export const consoleApi = client<ConsolePaths>();
/** Access keys of the calling user, and the regions. */
export const managementApi = client<ManagementPaths>();
/** Users, groups and their keys. */
export const cloudApi = client<CloudPaths>();

/** Returns the body of a call's answer; a call that failed has already thrown its Failure. */
export async function body<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call;
  return data as T;
}
