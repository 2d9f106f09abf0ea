import { expect, test } from 'vitest';
import { de } from './de/index.ts';
import { policy as dePolicy } from './de/policy.ts';
import { en } from './en/index.ts';
import { policy as enPolicy } from './en/policy.ts';
import { makeFormats } from './formats.ts';
import { makeTranslate } from './index.tsx';
import { type Message, split } from './message.ts';

function names(message: Message): string[] {
  const texts = typeof message === 'string' ? [message] : [message.one, message.other];
  return [...new Set(texts.flatMap(text => split(text).filter((_, index) => index % 2 === 1)))].sort();
}

test('German has every message, with the same placeholders', () => {
  const english: Record<string, Message> = { ...en, ...enPolicy };
  const german: Record<string, Message> = { ...de, ...dePolicy };
  expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort());
  for (const [key, message] of Object.entries(english)) {
    const twin = german[key] ?? '';
    expect(names(twin), key).toEqual(names(message));
    expect(typeof twin, key).toBe(typeof message);
    for (const text of typeof twin === 'string' ? [twin] : [twin.one, twin.other])
      expect(text.trim(), key).not.toBe('');
  }
});

test('numbers choose the form and are written as the language does', () => {
  const english = makeTranslate(en, 'en');
  const german = makeTranslate(de, 'de');
  expect(english('objects.deleted', { count: 1 })).toBe('1 object deleted');
  expect(english('objects.deleted', { count: 0 })).toBe('0 objects deleted');
  expect(german('objects.deleted', { count: 12345 })).toBe('12.345 Objekte gelöscht');
  expect(english('buckets.made', { name: 'a {b}' })).toBe('Bucket a {b} created');
});

test('sizes, shares and times', () => {
  const english = makeFormats('en');
  expect(english.bytes(0)).toBe('0\u00a0B');
  expect(english.bytes(1023)).toBe('1,023\u00a0B');
  expect(english.bytes(1536)).toBe('1.5\u00a0KiB');
  expect(english.bytes(5 * 1024 ** 4)).toBe('5\u00a0TiB');
  expect(makeFormats('de').bytes(1536)).toBe('1,5\u00a0KiB');
  expect(english.duration(65)).toBe('1:05');
  expect(english.dateTime(null)).toBe('–');
  expect(english.dateTime('not a date')).toBe('–');
});
