import { expect, test } from 'vitest';
import { actionGroups, bucketActions, fileActions, meant } from './actions.ts';
import { laidOut, statementsOf, withInserted, withoutMember, withRemoved, withReplaced } from './document.ts';
import { emptyModel, faultsOf, fitted, isPrincipal, type Model, readStatement, writeStatement } from './model.ts';

/** A small generator of numbers from a seed; a failing case names its seed. */
function random(seed: number) {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const some = <T>(list: readonly T[]): T[] => {
    const chosen = list.filter(() => next() < 0.4);
    return chosen.length > 0 ? chosen : [pick(list)];
  };
  return { next, pick, some };
}
type Random = ReturnType<typeof random>;

const user = '31000000:123e4567-e89b-12d3-a456-426614174000';
const principals = [
  `arn:aws:iam:::user/${user}`,
  user,
  '32000000',
  'arn:aws:iam::32000000:root',
  '0123456789abcdef0123456789abcdef',
];
const actions = [
  's3:GetObject',
  'S3:putobject',
  's3:ListBucket',
  's3:*',
  's3:Get*',
  's3:DeleteObject',
  's3:PutBucketPolicy',
];
const resources = [
  'arn:aws:s3:::b',
  'arn:aws:s3:::b/*',
  'arn:aws:s3:::b/photos/*',
  'arn:aws:s3:::b/a "quoted"\t/x',
  'arn:aws:s3:::b/*.jpg',
  'arn:aws:s3:::b*',
  '*',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the policy language
  'arn:aws:s3:::b/home/${aws:username}/*',
];
const conditions = [
  ['IpAddress', 'aws:SourceIp', ['192.0.2.0/24', '2001:db8::/32']],
  ['Bool', 'aws:SecureTransport', true],
  ['Bool', 'aws:SecureTransport', 'false'],
  ['StringLike', 's3:prefix', 'photos/*'],
  ['ForAnyValue:StringEqualsIfExists', 'aws:TagKeys', ['a', 'b']],
  ['NumericLessThan', 's3:max-keys', 10],
  ['DateGreaterThanEquals', 'aws:CurrentTime', '2027-01-31T00:00:00Z'],
] as const;

const oneOrMany = <T>(r: Random, list: T[]): T | T[] => (list.length === 1 && r.next() < 0.5 ? (list[0] as T) : list);

function randomStatement(r: Random): Record<string, unknown> {
  const json: Record<string, unknown> = { Effect: r.pick(['Allow', 'Deny']) };
  if (r.next() < 0.5) json.Sid = r.pick(['One', 'Ünïcode "x"', '']);
  json.Principal = r.pick<() => unknown>([
    () => '*',
    () => ({ AWS: r.pick(['*', ['*']]) }),
    () => ({ AWS: oneOrMany(r, r.some(principals)) }),
    () => ({ CanonicalUser: '0123456789abcdef0123456789abcdef', AWS: oneOrMany(r, r.some(principals)) }),
    () => oneOrMany(r, r.some(principals)),
    () => ({ Service: 'logging.s3.amazonaws.com' }),
  ])();
  json.Action = oneOrMany(r, r.some(actions));
  json.Resource = oneOrMany(r, r.some(resources));
  if (r.next() < 0.6) {
    const made: Record<string, Record<string, unknown>> = {};
    for (const [operator, key, value] of r.some(conditions)) made[operator] = { ...made[operator], [key]: value };
    json.Condition = made;
  }
  return json;
}

/** What a statement means, apart from how it is written. */
function meaning(raw: string) {
  const json = JSON.parse(raw);
  const set = (value: unknown): string[] => [...new Set([value].flat().map(String))].sort();
  const who =
    typeof json.Principal === 'string' || Array.isArray(json.Principal) ? { AWS: json.Principal } : json.Principal;
  const tidy: Record<string, unknown> = {};
  for (const [kind, value] of Object.entries(who)) tidy[kind] = set(value);
  const conditions: string[] = [];
  for (const [operator, keys] of Object.entries((json.Condition ?? {}) as Record<string, Record<string, unknown>>))
    for (const [key, value] of Object.entries(keys)) conditions.push(JSON.stringify([operator, key, set(value)]));
  return {
    sid: json.Sid ?? '',
    effect: json.Effect,
    who: tidy,
    actions: [...new Set((set(json.Action) as string[]).flatMap(meant))].sort(),
    resources: set(json.Resource),
    conditions: conditions.sort(),
  };
}

test('what is read and written again means the same', () => {
  for (let seed = 1; seed <= 500; seed++) {
    const raw = JSON.stringify(randomStatement(random(seed)));
    const read = readStatement(raw, 'b');
    expect(read.exact, `seed ${seed}: ${raw}`).toBe(true);
    const written = writeStatement(read.model, 'b');
    expect(meaning(written), `seed ${seed}`).toEqual(meaning(raw));
    expect(readStatement(written, 'b').model, `seed ${seed}`).toEqual(read.model);
  }
});

const base = '"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"';
const beyond = [
  '{"Effect":"Deny","NotPrincipal":{"AWS":"31000000"},"Action":"s3:*","Resource":"*"}',
  '{"Effect":"Deny","Principal":"*","NotAction":["s3:GetObject"],"Resource":"*"}',
  '{"Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::b/open/*"}',
  `{${base},"Condition":{"Bool":{"aws:SecureTransport":"true","aws:SecureTransport":"false"}}}`,
  `{${base},"Condition":{"NumericEquals":{"s3:max-keys":1.0e2,"x":12345678901234567890}}}`,
  `{${base},"Condition":{"StringEquals":{"s3:prefix":[["deep"]]}}}`,
  `{${base},"Condition":{"__proto__":{"s3:prefix":"x"}}}`,
  `{${base},"Comment":"unknown"}`,
  `{${base},"Effect":"Deny"}`,
  '{"Effect":"Allow","Principal":{"Federated":"x"},"Action":"s3:GetObject","Resource":"*"}',
  '{"Effect":"Allow","Principal":{"AWS":["*","31000000"]},"Action":"s3:GetObject","Resource":"*"}',
  `{${base},"Condition":{"StringLike":{"aws:UserAgent":"two\\nlines"}}}`,
  '{"Effect":"Permit"}',
  '[1, 2]',
  '"text"',
];

test('what the builder cannot say is told apart', () => {
  for (const raw of beyond) expect(readStatement(raw, 'b').exact, raw).toBe(false);
});

const written = [
  (list: string[]) => `{"Version":"2012-10-17","Id":"x","Statement":[${list.join(',')}]}`,
  (list: string[]) => `{\n\t"Statement" : [\n\t\t${list.join(' ,\n\t\t')}\n\t],\n\t"Version":"2012-10-17" }\n`,
  (list: string[]) => `  {"Statement":[ ${list.join(' , ')} ]}`,
];

test('changing one statement leaves every other byte as it was', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const r = random(seed);
    const list = Array.from({ length: 1 + Math.floor(r.next() * 5) }, () =>
      r.next() < 0.4 ? r.pick(beyond.slice(0, 13)) : JSON.stringify(randomStatement(r), null, r.pick([0, 1, 3])),
    );
    const text = r.pick(written)(list);
    expect(statementsOf(text), `seed ${seed}`).toEqual(list);
    const at = Math.floor(r.next() * list.length);
    const fresh = `{"Sid": "new", ${base}}`;

    const replaced = withReplaced(text, at, fresh);
    expect(statementsOf(replaced), `seed ${seed}`).toEqual(list.with(at, fresh));
    const before = text.indexOf(list[at] as string);
    expect(replaced.startsWith(text.slice(0, Math.max(0, before - 1)))).toBe(true);

    expect(statementsOf(withInserted(text, at, fresh)), `seed ${seed}`).toEqual(list.toSpliced(at, 0, fresh));
    const added = withInserted(text, list.length, fresh);
    expect(statementsOf(added), `seed ${seed}`).toEqual([...list, fresh]);
    expect(withRemoved(added, list.length), `seed ${seed}`).toBe(text);
    expect(statementsOf(withRemoved(text, at)), `seed ${seed}`).toEqual(list.toSpliced(at, 1));

    const lined = laidOut(text);
    const bare = (one: string) => one.replaceAll(/"(?:[^"\\]|\\.)*"|\s+/g, part => (part.startsWith('"') ? part : ''));
    expect(bare(lined), `seed ${seed}`).toBe(bare(text));
    expect(laidOut(lined)).toBe(lined);
  }
});

test('a policy begins from nothing, from a statement without brackets, and from one without statements', () => {
  expect(JSON.parse(withInserted('', 0, `{${base}}`))).toEqual({
    Version: '2012-10-17',
    Statement: [JSON.parse(`{${base}}`)],
  });
  const lone = `{"Id":"k","Statement": {${base}} }`;
  expect(statementsOf(withInserted(lone, 1, '{}'))).toEqual([`{${base}}`, '{}']);
  expect(statementsOf(withInserted(lone, 0, '{}'))).toEqual(['{}', `{${base}}`]);
  expect(withRemoved(lone, 0)).toBe('{"Id":"k","Statement": [] }');
  expect(JSON.parse(withInserted('{"Version":"2012-10-17"}', 0, '{}'))).toEqual({
    Version: '2012-10-17',
    Statement: [{}],
  });
  expect(JSON.parse(withInserted('{ }', 0, '{}'))).toEqual({ Statement: [{}] });
  expect(JSON.parse(withInserted('{"Statement":[ ]}', 0, '{}'))).toEqual({ Statement: [{}] });
  for (const none of ['nonsense', '[1]', '{"Statement":[],"Statement":[]}', '{"Statement":"x"}'])
    expect(statementsOf(none), none).toBeNull();
});

test('a copy of a statement has no name, and no other difference', () => {
  expect(withoutMember('{ "Sid": "a", "Effect":"Deny" }', 'Sid')).toBe('{ "Effect":"Deny" }');
  expect(withoutMember('{"Effect":"Deny" , "Sid": "a"}', 'Sid')).toBe('{"Effect":"Deny"}');
  expect(withoutMember('{"Sid":"a"}', 'Sid')).toBe('{}');
  expect(withoutMember('{"Effect":"Deny"}', 'Sid')).toBe('{"Effect":"Deny"}');
});

test('every action is in one group, and its name means itself', () => {
  const all = actionGroups.flatMap(({ signs, quiet, more }) => [...signs, ...quiet, ...more]);
  expect(all.toSorted()).toEqual([...bucketActions, ...fileActions].sort());
  expect(meant('s3:get*').length).toBeGreaterThan(30);
  expect(meant('s3:GetObject')).toEqual(['s3:GetObject']);
  expect(meant('s3:Nonsense')).toEqual([]);
});

const good: Model = { ...emptyModel, everyone: true, actions: ['s3:GetObject'], places: [{ kind: 'all' }] };
const kindsOf = (change: Partial<Model>) => faultsOf({ ...good, ...change }, 'b').map(({ kind }) => kind);

test('what the server would refuse is told beforehand', () => {
  expect(kindsOf({})).toEqual([]);
  expect(kindsOf({ everyone: false })).toEqual(['noWho']);
  expect(kindsOf({ everyone: false, who: [{ kind: 'AWS', value: 'anna' }] })).toEqual(['badWho']);
  expect(kindsOf({ actions: [] })).toEqual(['noActions']);
  expect(kindsOf({ actions: ['s3:Fly'] })).toEqual(['badAction']);
  expect(kindsOf({ places: [] })).toEqual(['noWhere']);
  expect(kindsOf({ places: [{ kind: 'folder', text: '' }] })).toEqual(['badPlace']);
  expect(kindsOf({ places: [{ kind: 'folder', text: 'a*' }] })).toEqual(['wildcard']);
  expect(kindsOf({ places: [{ kind: 'other', text: 'arn:aws:s3:::c/*' }] })).toEqual(['otherBucket']);
  const given = (operator: string, key: string, ...values: string[]) =>
    kindsOf({ conditions: [{ operator, key, values }] });
  expect(given('IpAddress', 'aws:SourceIp', '192.0.2.0/24', '2001:db8::1')).toEqual([]);
  expect(given('IpAddress', 'aws:SourceIp', 'here')).toEqual(['badAddress']);
  expect(given('DateLessThan', 'aws:CurrentTime', 'tomorrow')).toEqual(['badDate']);
  expect(given('StringLike', 's3:prefix', 'a/*')).toEqual(['listOnly']);
  expect(given('StringLike', 'aws:UserAgent')).toEqual(['noValue']);
  expect(given('', 'aws:UserAgent', 'x')).toEqual(['noKey']);
  expect(
    kindsOf({ actions: ['s3:ListBucket'], conditions: [{ operator: 'StringEquals', key: 's3:prefix', values: [''] }] }),
  ).toEqual([]);
});

test('names of people take the forms that the server takes', () => {
  for (const value of principals) expect(isPrincipal({ kind: 'AWS', value }), value).toBe(true);
  for (const value of ['anna', '3100', `arn:aws:iam:::user/31000000`, 'arn:aws:iam::root', user.slice(9)])
    expect(isPrincipal({ kind: 'AWS', value }), value).toBe(false);
});

test('resources follow the actions', () => {
  const list = fitted({ ...good, actions: ['s3:ListBucket'] });
  expect([list.bucket, list.places]).toEqual([true, []]);
  const both = fitted({ ...good, actions: ['s3:ListBucket', 's3:GetObject'] });
  expect([both.bucket, both.places]).toEqual([true, [{ kind: 'all' }]]);
  expect(fitted({ ...good, bucket: true }).bucket).toBe(false);
  expect(fitted({ ...good, bucket: false, actions: ['s3:*'] }).bucket).toBe(false);
});
