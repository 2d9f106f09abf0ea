import { expect, test } from 'vitest';
import { expiresOf, firstTerm, termsOf } from './expiry.ts';

const now = Date.parse('2026-11-24T12:00:00.750Z');

test('without a maximum never can be chosen, and is not what is chosen first', () => {
  expect(termsOf(0)).toEqual(['30', '90', '365', 'never']);
  expect(firstTerm(0)).toBe('365');
});

test('a maximum takes away what is longer, and never', () => {
  expect(termsOf(90)).toEqual(['30', 'most']);
  expect(firstTerm(90)).toBe('most');
  expect(termsOf(400)).toEqual(['30', '90', '365', 'most']);
  expect(firstTerm(400)).toBe('365');
});

test('the API is told whole seconds, the word never, or nothing', () => {
  expect(expiresOf('30', now)).toBe('2026-12-24T12:00:00Z');
  expect(expiresOf('never', now)).toBe('never');
  expect(expiresOf('most', now)).toBeUndefined();
});
