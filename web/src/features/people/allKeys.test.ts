import { expect, test } from 'vitest';
import type { ContractKey, Group, User } from '../../api/types.ts';
import { found, inState, keysCsv, losing, owned, sorted, stopping } from './allKeys.ts';

const now = Date.parse('2026-11-24T12:00:00Z');
const key = (part: Partial<ContractKey>): ContractKey => ({
  id: 'k',
  accessKey: 'AK',
  userId: 'u1',
  description: '',
  active: true,
  administrative: false,
  validity: 'all-buckets',
  created: '2026-11-01T00:00:00Z',
  ...part,
});
const group = (id: string, name: string, s3Privilege: boolean, members: string[]): Group => ({
  id,
  type: 'group',
  href: '',
  properties: { name, s3Privilege },
  entities: {
    users: { id: '', type: 'collection', href: '', items: members.map(one => ({ id: one, type: 'user', href: '' })) },
  },
});

test('a key that has expired counts as inactive, and one never used as idle only when it is old', () => {
  const over = key({ expires: '2026-11-24T12:00:00Z' });
  expect(inState(over, 'active', now)).toBe(false);
  expect(inState(over, 'inactive', now)).toBe(true);
  expect(inState(key({ expires: '2026-12-20T00:00:00Z' }), 'expiring', now)).toBe(true);
  expect(inState(key({}), 'expiring', now)).toBe(false);
  expect(inState(key({}), 'idle', now)).toBe(false);
  expect(inState(key({ created: '2026-01-01T00:00:00Z' }), 'idle', now)).toBe(true);
  expect(inState(key({ created: '2026-01-01T00:00:00Z', lastUsed: '2026-11-23T00:00:00Z' }), 'idle', now)).toBe(false);
});

test('keys are found by owner, group and words', () => {
  const user = { id: 'u1', properties: { firstname: 'Ada', lastname: 'L', email: 'ada@example.org' } } as User;
  const keys = owned(
    [key({ description: 'backup' }), key({ userId: 'gone' })],
    [user],
    [group('g', 'Ops', true, ['u1'])],
  );
  for (const find of ['ADA', 'ops', 'backup', 'example.org'])
    expect(found(keys, find, 'all', now), find).toHaveLength(1);
  expect(found(keys, 'ak', 'all', now)).toHaveLength(2);
});

test('what stops are working keys, and those used this week are told apart', () => {
  const keys = [
    key({ lastUsed: '2026-11-23T00:00:00Z' }),
    key({ lastUsed: '2026-11-01T00:00:00Z', userId: 'u2' }),
    key({ active: false, lastUsed: '2026-11-23T00:00:00Z' }),
  ];
  expect(stopping(keys, now)).toEqual({ keys: 2, people: 2, used: 1 });
});

test('who has the privilege from another group or by role loses nothing', () => {
  const groups = [
    group('a', 'A', true, ['u1', 'u2', 'u3']),
    group('b', 'B', true, ['u2']),
    group('c', 'C', false, ['u1']),
  ];
  const users = [{ id: 'u3', properties: { administrator: true } }] as User[];
  expect(losing(groups, users, 'a', ['u1', 'u2', 'u3'])).toEqual(['u1']);
});

test('keys are put in order; what never expires comes last, and what was never used first', () => {
  const people = ['u1', 'u2'].map(
    id => ({ id, properties: { firstname: id === 'u1' ? 'Ada' : 'Bob', lastname: '', email: '' } }) as User,
  );
  const keys = owned(
    [
      key({ id: 'a', userId: 'u2', created: '2026-01-01T00:00:00Z', lastUsed: '2026-11-02T00:00:00Z' }),
      key({ id: 'b', expires: '2026-12-01T00:00:00Z' }),
      key({
        id: 'c',
        created: '2026-02-01T00:00:00Z',
        expires: '2027-12-01T00:00:00Z',
        lastUsed: '2026-11-01T00:00:00Z',
      }),
    ],
    people,
    [],
  );
  const order = (...args: Parameters<typeof sorted>) =>
    sorted(...args)
      .map(one => one.id)
      .join('');
  expect(order(keys, 'owner')).toBe('bca');
  expect(order(keys, 'created')).toBe('acb');
  expect(order(keys, '-created')).toBe('bca');
  expect(order(keys, 'expires')).toBe('bca');
  expect(order(keys, 'used')).toBe('bca');
  expect(order(keys, '-used')).toBe('acb');
});

test('as a table keys keep quotes, and no field becomes a formula', () => {
  const [head, row] = keysCsv(owned([key({ description: '=1+"x"' })], [], [group('g', 'Ops', true, ['u1'])])).split(
    '\r\n',
  );
  expect(head).toMatch(/^"accessKey","owner","email","groups"/);
  expect(row).toContain('"\'=1+""x"""');
  expect(row).toContain('"Ops"');
});
