import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { later } from './en/later.ts';

const source = join(import.meta.dirname, '..');

/** Returns the files that a file loads at once, itself included: types and what is imported lazily are no part of it. */
function closure(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file) || !existsSync(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, clause = '', path = ''] of text.matchAll(/^(?:import|export)\s([^;]*?)from '(\.[^']+)';/gm))
    if (!/^type\s/.test(clause)) closure(join(dirname(file), path), seen);
  return seen;
}

/** What is loaded before the words of the other pages are, and what these load without asking for words. */
const early = [
  'main.tsx',
  'features/session/SignInPage.tsx',
  'features/session/PasswordDialog.tsx',
  'features/session/SecondFactor.tsx',
  'features/session/RequiredFactor.tsx',
  'features/session/RequiredPassword.tsx',
  'features/home/HomePage.tsx',
  'features/keys/KeysTab.tsx',
  'features/keys/ProgramsDialog.tsx',
  'features/buckets/DeleteBucketDialog.tsx',
];

test('what is loaded first says nothing in words that are loaded later', () => {
  const words = new Set(Object.keys(later));
  const files = new Set(early.flatMap(file => [...closure(join(source, file))]));
  expect(files.size).toBeGreaterThan(60);
  const wrong: string[] = [];
  for (const file of files) {
    if (file.includes('/i18n/')) continue;
    const text = readFileSync(file, 'utf8');
    for (const [, word = ''] of text.matchAll(/'([a-z]+(?:\.[A-Za-z0-9-]+)+)'/g))
      if (words.has(word)) wrong.push(`${file.slice(source.length + 1)}: ${word}`);
    for (const [, begin = ''] of text.matchAll(/`([a-z]+\.[A-Za-z.]*)\$\{/g))
      if ([...words].some(word => word.startsWith(begin))) wrong.push(`${file.slice(source.length + 1)}: ${begin}…`);
  }
  expect(wrong).toEqual([]);
});
