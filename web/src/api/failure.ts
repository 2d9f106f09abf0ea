/** The kinds of failure the console tells apart; every request, to the control API or to S3, fails with exactly one of them. */
export type FailureKind =
  | 'offline'
  | 'signedOut'
  | 'denied'
  | 'notFound'
  | 'conflict'
  | 'precondition'
  | 'invalid'
  | 'limited'
  | 'busy'
  | 'server';

export interface FailureFacts {
  kind: FailureKind;
  /** HTTP status, 0 where no answer came. */
  status: number;
  /** The server's stable word for programs, such as NoSuchBucket. */
  code: string;
  /** A sentence for people, in the server's language (English). */
  message: string;
  /** Identifies the request in the server's log; empty where unknown. */
  requestId: string;
  /** Seconds to wait before trying again; 0 where unknown. */
  retryAfter: number;
}

/** The one error shape of the console. */
export class Failure extends Error implements FailureFacts {
  readonly kind: FailureKind;
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
  readonly retryAfter: number;

  constructor(facts: FailureFacts) {
    super(facts.message);
    this.name = 'Failure';
    this.kind = facts.kind;
    this.status = facts.status;
    this.code = facts.code;
    this.requestId = facts.requestId;
    this.retryAfter = facts.retryAfter;
  }
}

const kinds: Record<number, FailureKind> = {
  401: 'signedOut',
  403: 'denied',
  404: 'notFound',
  409: 'conflict',
  412: 'precondition',
  429: 'limited',
  503: 'busy',
};

/** Returns the kind of failure that an HTTP status stands for. */
export function kindOf(status: number): FailureKind {
  if (status === 0) return 'offline';
  return kinds[status] ?? (status >= 500 ? 'server' : 'invalid');
}

/** Returns the failure for a request that got no answer at all. */
export function offline(cause: unknown): Failure {
  const failure = new Failure({
    kind: 'offline',
    status: 0,
    code: 'Offline',
    message: 'The server did not answer.',
    requestId: '',
    retryAfter: 0,
  });
  failure.cause = cause;
  return failure;
}

/** Returns whatever was thrown as a Failure. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  if (thrown instanceof TypeError) return offline(thrown);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Failure({ kind: 'server', status: 0, code: 'Unexpected', message, requestId: '', retryAfter: 0 });
}

/** Whether trying the same request again may help. */
export function mayRetry(failure: Failure): boolean {
  return (
    failure.kind === 'offline' || failure.kind === 'busy' || failure.kind === 'limited' || failure.kind === 'server'
  );
}

/** Returns the seconds a Retry-After header asks for; 0 where it says nothing usable. */
export function retryAfter(headers: Headers): number {
  const seconds = Number(headers.get('Retry-After'));
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 86_400) : 0;
}
