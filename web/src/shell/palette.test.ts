import { expect, test } from 'vitest';
import { matching, rankOf, shownCommands } from './palette.ts';

const command = (name: string) => ({ id: name, name, kind: '', go: () => {} });

test('beginnings of words fit better than what lies within, and marks and case do not matter', () => {
  expect(rankOf('Müller Ada', 'muller')).toBe(0);
  expect(rankOf('my-backups', 'back')).toBe(1);
  expect(rankOf('my-backups', 'ack')).toBe(2);
  expect(rankOf('my-backups', 'my ups')).toBe(2);
  expect(rankOf('my-backups', 'x')).toBe(-1);
  expect(rankOf('anything', ' ')).toBe(0);
});

test('the best come first, else the order stays, and the list has an end', () => {
  const all = ['zback', 'a-back', 'back', 'b-back'].map(command);
  expect(matching(all, 'back').map(one => one.name)).toEqual(['back', 'a-back', 'b-back', 'zback']);
  expect(
    matching(
      Array.from({ length: 500 }, (_, n) => command(`b${n}`)),
      'b',
    ),
  ).toHaveLength(shownCommands);
});
