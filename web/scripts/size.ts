/** Fails when signing in and the first page together are larger than the budget. Counts what the browser has to load, gzipped. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** KiB of HTML, JavaScript and CSS, gzip -9. */
const budget = 250;
/** KiB of any page's own files beyond those. */
const pageBudget = 120;

interface Chunk {
  file: string;
  css?: string[];
  imports?: string[];
}

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
const manifest = JSON.parse(readFileSync(join(dist, '.vite', 'manifest.json'), 'utf8')) as Record<string, Chunk>;

function filesOf(entry: string, seen: Set<string>): Set<string> {
  const chunk = manifest[entry];
  if (!chunk) throw new Error(`the build has no ${entry}`);
  if (seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const css of chunk.css ?? []) seen.add(css);
  for (const next of chunk.imports ?? []) filesOf(next, seen);
  return seen;
}

function sum(files: Iterable<string>): number {
  let bytes = 0;
  for (const file of files) bytes += gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
  return bytes / 1024;
}

const first = new Set<string>(['index.html', 'scheme.js', 'logo.svg']);
for (const entry of ['index.html', 'src/features/session/SignInPage.tsx', 'src/features/home/HomePage.tsx'])
  filesOf(entry, first);
let over = false;
for (const language of ['en', 'de']) {
  const files = filesOf(`src/i18n/${language}/first.ts`, new Set(first));
  const total = sum(files);
  console.log(`sign-in and first page, ${language}: ${total.toFixed(1)} KiB of ${budget} in ${files.size} files`);
  over ||= total > budget;
}

const pages = Object.keys(manifest).filter(name => /src\/features\/.*(Page|Tab)\.tsx$/.test(name));
for (const page of pages) {
  const own = [...filesOf(page, new Set())].filter(file => !first.has(file));
  const size = sum(own);
  if (size === 0) continue;
  console.log(`  ${page.slice('src/features/'.length)}: ${size.toFixed(1)} KiB more`);
  over ||= size > pageBudget;
}
if (over) {
  console.error('The console is over its budget: load what is new lazily, or use something smaller.');
  process.exit(1);
}
