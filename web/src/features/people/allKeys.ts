import { queryOptions } from '@tanstack/react-query';
import { body, consoleApi } from '../../api/client.ts';
import { entriesOf, readAll } from '../../api/readAll.ts';
import type { ContractKey, Group, User } from '../../api/types.ts';
import type { KeyOrder, KeySort } from '../../routes/paths.ts';
import { nameOf } from './people.ts';

/** Keys of a page; the most that the server takes. */
const page = 10_000;

/** A week and the times after which a key is called idle or about to expire, in milliseconds. */
const day = 86_400_000;
export const week = 7 * day;
const idle = 90 * day;
const soon = 30 * day;

export const keyStates = ['all', 'active', 'inactive', 'expiring', 'idle'] as const;
export type KeyState = (typeof keyStates)[number];

export const allKeysQuery = queryOptions({
  queryKey: ['people', 'keys'],
  queryFn: () =>
    readAll<ContractKey>(
      page,
      key => key.id,
      async at => (await body(consoleApi.GET('/console/keys', { params: { query: { ...at } } }))).items,
    ),
  select: entriesOf<ContractKey>,
});

/** A key with whose it is. */
export interface OwnedKey extends ContractKey {
  owner: string;
  email: string;
  groups: string[];
}

/** Returns the ids of a group's members. */
export function memberIds(group: Group): string[] {
  return (group.entities?.users?.items ?? []).map(one => one.id);
}

/** Puts names and groups beside keys. */
export function owned(keys: ContractKey[], users: User[], groups: Group[]): OwnedKey[] {
  const people = new Map(users.map(user => [user.id, user]));
  const memberships = new Map<string, string[]>();
  for (const group of groups) {
    for (const id of memberIds(group)) memberships.set(id, [...(memberships.get(id) ?? []), group.properties.name]);
  }
  return keys.map(key => {
    const user = people.get(key.userId);
    return {
      ...key,
      owner: user ? nameOf(user) : key.userId,
      email: user?.properties.email ?? '',
      groups: memberships.get(key.userId) ?? [],
    };
  });
}

export function expired(key: ContractKey, now: number): boolean {
  return key.expires !== undefined && Date.parse(key.expires) <= now;
}

/** Says whether a key is in the chosen state at an instant, in milliseconds. */
export function inState(key: ContractKey, state: KeyState, now: number): boolean {
  const over = expired(key, now);
  switch (state) {
    case 'all':
      return true;
    case 'active':
      return key.active && !over;
    case 'inactive':
      return !key.active || over;
    case 'expiring':
      return key.expires !== undefined && Date.parse(key.expires) - now <= soon;
    case 'idle':
      return now - Date.parse(key.lastUsed ?? key.created) > idle;
  }
}

/** Returns the keys that are in a state and whose key, words or owner contain a text. */
export function found(keys: OwnedKey[], find: string, state: KeyState, now: number): OwnedKey[] {
  const wanted = find.toLowerCase();
  return keys.filter(
    key =>
      inState(key, state, now) &&
      [key.accessKey, key.description, key.owner, key.email, ...key.groups].some(text =>
        text.toLowerCase().includes(wanted),
      ),
  );
}

/** Returns keys in an order. What never expires stands behind every day, and what was never used before the first use. */
export function sorted(keys: OwnedKey[], sort: KeySort): OwnedKey[] {
  const from = sort.startsWith('-') ? -1 : 1;
  const order = sort.replace('-', '') as KeyOrder;
  if (order === 'owner') {
    const names = new Intl.Collator();
    return [...keys].sort((a, b) => from * names.compare(a.owner, b.owner));
  }
  const time = {
    created: (key: OwnedKey) => Date.parse(key.created),
    expires: (key: OwnedKey) => (key.expires ? Date.parse(key.expires) : 9e15),
    used: (key: OwnedKey) => (key.lastUsed ? Date.parse(key.lastUsed) : 0),
  }[order];
  // Read once for each key: comparing tens of thousands would read each of them many times.
  return keys
    .map(key => ({ key, at: time(key) }))
    .sort((a, b) => from * (a.at - b.at))
    .map(({ key }) => key);
}

/** Returns keys as a table for other programs, without secrets. A field that a spreadsheet would take for a formula is made a text. */
export function keysCsv(keys: OwnedKey[]): string {
  const field = (value: unknown) => {
    const text = String(value ?? '');
    return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  };
  const rows = keys.map(key => [
    key.accessKey,
    key.owner,
    key.email,
    key.groups.join('|'),
    key.description,
    key.validity,
    key.administrative,
    key.active,
    key.created,
    key.expires,
    key.lastUsed,
    key.lastOperation,
  ]);
  const head = [
    'accessKey',
    'owner',
    'email',
    'groups',
    'description',
    'validity',
    'administrative',
    'active',
    'created',
    'expires',
    'lastUsed',
    'lastOperation',
  ];
  return `${[head, ...rows].map(row => row.map(field).join(',')).join('\r\n')}\r\n`;
}

/** Counts what stops when keys are refused: those that work now, of how many people, and those used in the last week. */
export function stopping(keys: ContractKey[], now: number) {
  const working = keys.filter(key => inState(key, 'active', now));
  return {
    keys: working.length,
    people: new Set(working.map(key => key.userId)).size,
    used: working.filter(key => key.lastUsed && now - Date.parse(key.lastUsed) < week).length,
  };
}

/** Returns the members who lose the privilege when a group stops giving it to them. */
export function losing(groups: Group[], users: User[], groupId: string, members: string[]): string[] {
  const others = groups.filter(group => group.id !== groupId && group.properties.s3Privilege);
  const kept = new Set(others.flatMap(memberIds));
  const administrators = new Set(users.filter(user => user.properties.administrator).map(user => user.id));
  return members.filter(id => !kept.has(id) && !administrators.has(id));
}
