import { expect, test } from 'vitest';
import { makeFormats } from './formats.ts';

test.each([
  [5, 'now', 'jetzt'],
  [61, '1 minute ago', 'vor 1 Minute'],
  [3599, '59 minutes ago', 'vor 59 Minuten'],
  [7200, '2 hours ago', 'vor 2 Stunden'],
  [86_400, 'yesterday', 'gestern'],
  [6.5 * 86_400, '6 days ago', 'vor 6 Tagen'],
  [-30, 'now', 'jetzt'],
])('%d seconds ago', (seconds, english, german) => {
  const now = Date.UTC(2026, 10, 24, 12);
  const then = new Date(now - seconds * 1000).toISOString();
  expect(makeFormats('en').ago(then, now)).toBe(english);
  expect(makeFormats('de').ago(then, now)).toBe(german);
});
