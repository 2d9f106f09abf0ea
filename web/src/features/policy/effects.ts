/**
 * What a change of a policy would do, told before it is saved. The server alone decides; this is what can be foreseen from the text
 * and from who asks.
 */
import { meant } from './actions.ts';
import { statementsOf } from './document.ts';
import { type Condition, faultsOf, type Model, reach, readStatement, type Statement } from './model.ts';

/** Keys whose fixed values keep a statement from being public (internal/authz, Policy.Public). */
const binding = new Set(
  [
    'aws:SourceIp aws:SourceArn aws:SourceVpc aws:SourceVpce aws:SourceOwner aws:SourceAccount aws:userid aws:PrincipalArn',
    'aws:PrincipalAccount aws:PrincipalOrgID aws:username s3:x-amz-server-side-encryption-aws-kms-key-id',
    's3:DataAccessPointArn s3:DataAccessPointAccount',
  ]
    .join(' ')
    .toLowerCase()
    .split(' '),
);
const positive = /^(ForAnyValue:)?(StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike|IpAddress)$/;

function binds({ operator, key, values }: Condition): boolean {
  if (!binding.has(key.toLowerCase()) || !positive.test(operator)) return false;
  return values.every(value => {
    if (!operator.endsWith('IpAddress')) return !/[*?]|\$\{/.test(value);
    const [address = '', bits] = value.split('/');
    return bits === undefined || Number(bits) >= (address.includes(':') ? 32 : 8);
  });
}

/** Whether a statement opens something to everybody. */
export function isPublic({ model, not }: Statement): boolean {
  return model.allow && (model.everyone || not.who) && !model.conditions.some(binds);
}

/** Who asks, and how. */
export interface Self {
  contract: string;
  userId: string;
  canonical: string | undefined;
  /** Whether requests of the console are encrypted. */
  secure: boolean;
  /** Whether the person manages the contract, and so needs no policy in buckets of the contract. */
  manages: boolean;
  /** Milliseconds since 1970. */
  now: number;
}

/** Whether a statement is about a person. */
function concerns({ model, not }: Statement, self: Self): boolean {
  const named =
    model.everyone ||
    model.who.some(({ kind, value }) => {
      if (kind === 'Service') return false;
      const id = value.replace(/^arn:aws:iam::\d*:(user\/)?/, '');
      if (id === 'root') return value === `arn:aws:iam::${self.contract}:root`;
      const user = id.replace(/^\d{8}[:|]/, '').toLowerCase();
      return (
        id === self.contract ||
        user === self.userId.toLowerCase() ||
        (self.canonical !== undefined && id === self.canonical)
      );
    });
  return named !== not.who;
}

type Answer = 'yes' | 'no' | 'perhaps';

function holds({ operator, key, values }: Condition, self: Self): Answer {
  const name = key.toLowerCase();
  if (name === 'aws:securetransport' && operator === 'Bool') return values.includes(String(self.secure)) ? 'yes' : 'no';
  if (name === 'aws:currenttime' && values.length === 1) {
    const value = values[0] ?? '';
    const at = /^\d{5,}$/.test(value) ? Number(value) * 1000 : Date.parse(value);
    if (Number.isNaN(at)) return 'perhaps';
    if (/^DateGreaterThan/.test(operator)) return self.now > at ? 'yes' : 'perhaps';
    if (/^DateLessThan/.test(operator)) return self.now < at ? 'yes' : 'no';
  }
  return 'perhaps';
}

function refuses(statement: Statement, self: Self): Answer {
  if (statement.model.allow || !concerns(statement, self)) return 'no';
  const answers = statement.model.conditions.map(one => holds(one, self));
  if (answers.includes('no')) return 'no';
  return answers.includes('perhaps') ? 'perhaps' : 'yes';
}

export interface Effects {
  /** Statements that would be new and open the bucket to everybody. */
  opens: Statement[];
  /** Statements that would be new and refuse something to the person himself. */
  refusesSelf: Statement[];
  /** The same where it depends on their conditions. */
  mayRefuseSelf: Statement[];
  /** Statements that gave the person something which nothing gives any more. */
  losesSelf: Statement[];
}

/** Compares a policy to be saved with the one that holds. */
export function effectsOf(before: string, after: string, bucket: string, self: Self): Effects {
  const had = statementsOf(before) ?? [];
  const has = statementsOf(after) ?? [];
  const read = (list: string[]) => list.map(raw => readStatement(raw, bucket));
  const gone = read(had.filter(raw => !has.includes(raw)));
  const fresh = read(has.filter(raw => !had.includes(raw)));
  const all = read(has);
  return {
    opens: fresh.filter(isPublic),
    refusesSelf: fresh.filter(one => refuses(one, self) === 'yes'),
    mayRefuseSelf: fresh.filter(one => refuses(one, self) === 'perhaps'),
    losesSelf: self.manages ? [] : gone.filter(one => gives(one, self) && !stillGiven(one.model, all, self)),
  };
}

const gives = (statement: Statement, self: Self) => statement.model.allow && concerns(statement, self);

function stillGiven(model: Model, all: Statement[], self: Self): boolean {
  const left = new Set(
    all.filter(one => gives(one, self) && !one.not.actions).flatMap(one => one.model.actions.flatMap(meant)),
  );
  return model.actions.flatMap(meant).every(name => left.has(name));
}

/** Returns which statement a refusal of the server is about; null where that cannot be told. */
export function blamed(message: string, raws: string[], bucket: string): number | null {
  if (raws.length < 2) return raws.length - 1 === 0 ? 0 : null;
  const at = raws.findIndex((raw, index) => faulty(message, raw, bucket, raws.slice(0, index)));
  return at < 0 ? null : at;
}

function faulty(message: string, raw: string, bucket: string, before: string[]): boolean {
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(raw) as Record<string, unknown>;
  } catch {
    return false;
  }
  const quoted =
    /(?:Missing required field|Unknown field|The field|Invalid Condition type :|The condition key|The value|Invalid effect:) ?(\S+)/.exec(
      message,
    );
  const word = quoted?.[1]?.replace(/\.\.\.$/, '') ?? '';
  if (message.startsWith('Missing required field')) return json[word] === undefined && json[`Not${word}`] === undefined;
  if (message.startsWith('Invalid effect')) return json.Effect !== 'Allow' && json.Effect !== 'Deny';
  if (word !== '') return raw.includes(word);
  if (message.includes('(SID)')) return json.Sid !== undefined && before.some(one => sidOf(one) === json.Sid);
  const statement = readStatement(raw, bucket);
  const kinds = new Set<string>(faultsOf(statement.model, bucket).map(({ kind }) => kind));
  if (/principal/i.test(message)) return kinds.has('badWho') || kinds.has('noWho');
  if (/invalid action/i.test(message)) return kinds.has('badAction') || kinds.has('noActions');
  if (/invalid resource/i.test(message))
    return kinds.has('otherBucket') || kinds.has('noWhere') || kinds.has('badPlace');
  if (/Conditions do not apply/i.test(message)) return kinds.has('listOnly') || statement.model.conditions.length > 0;
  if (/does not apply to any resource/i.test(message)) return outOfReach(statement.model);
  if (/IP address/i.test(message)) return kinds.has('badAddress');
  if (/public/i.test(message)) return isPublic(statement);
  return false;
}

function sidOf(raw: string): unknown {
  try {
    return (JSON.parse(raw) as Record<string, unknown>).Sid;
  } catch {
    return undefined;
  }
}

/** Whether an action of a statement is one that none of its resources can have. */
function outOfReach(model: Model): boolean {
  const { files, sureBucket } = reach(model.actions);
  return (sureBucket && !model.bucket) || (files && model.places.length === 0);
}
