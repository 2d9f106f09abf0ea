import { expect, test } from 'vitest';
import { localPath, readSearch } from './paths.ts';

test('after signing in only pages of this console follow', () => {
  expect(localPath('/storage/object-storage?tab=keys')).toBe('/storage/object-storage?tab=keys');
  for (const bad of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '',
    undefined,
    '/sign-in?to=/x',
    7,
  ]) {
    expect(localPath(bad), String(bad)).toBeUndefined();
  }
});

test('what is in an address is checked, and names that look like numbers stay names', () => {
  expect(readSearch.home({ tab: 'keys', owned: 'nonsense' })).toEqual({ tab: 'keys', owned: undefined });
  expect(readSearch.bucket({ prefix: 2026, find: true, object: '' })).toEqual({
    prefix: '2026',
    find: 'true',
    object: undefined,
  });
});
