/**
 * Follows what is large in a real browser against a real server: an upload that outlives the page, a bucket of many keys, an archive.
 * COFFER_BUCKET names a bucket with COFFER_KEYS keys below COFFER_PREFIX, ending in nine digits from 0; COFFER_UPLOAD_MIB is the size of the upload.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { play, type Step } from './runner.ts';
import { look, type Target, words } from './world.ts';

const w = (key: Parameters<typeof words>[1], values?: Record<string, string | number>) => words('en', key, values);

/** Bytes of a part, as the console cuts files below 40 GiB. */
const partSize = 8 * 1024 * 1024;
/** Pages of a thousand keys that are scrolled through at most. */
const mostPages = 60;
/** Milliseconds that the console may take for a page of keys, or to find some, on a loaded machine. */
const patience = 30_000;

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} has to be set`);
  return value;
}

async function writeRandom(path: string, mebibytes: number): Promise<void> {
  const file = await open(path, 'w');
  for (let n = 0; n < mebibytes; n++) await file.write(randomBytes(1024 * 1024));
  await file.close();
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest('hex');
}

/** A large file is paused, the page is loaded again, and the upload goes on with what the server has not got yet. */
async function uploadStory(step: Step, page: Page, server: Target, bucket: string): Promise<void> {
  const size = Number(setting('COFFER_UPLOAD_MIB'));
  const folder = mkdtempSync(join(tmpdir(), 'coffer-e2e-'));
  const path = join(folder, 'large.bin');
  const tray = page.getByRole('complementary', { name: w('transfers.title') });
  const longest = 60_000 + size * 1000;
  let sent = 0;
  let already = 0;
  const count = (part: { status: () => number; url: () => string }) => {
    if (part.status() === 200 && part.url().includes('partNumber=')) sent++;
  };
  page.on('response', response => {
    if (response.request().method() === 'PUT') count(response);
  });
  await writeRandom(path, size);

  await step(`an upload of ${size} MiB is paused when a part of it has arrived`, async () => {
    await page.goto(`${server.url}/storage/object-storage/${bucket}?prefix=big/`);
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    const slow = {
      offline: false,
      latency: 5,
      downloadThroughput: -1,
      uploadThroughput: Math.max(8, size / 16) * 1024 * 1024,
    };
    await session.send('Network.emulateNetworkConditions', slow);
    const first = page.waitForResponse(one => one.url().includes('partNumber=') && one.status() === 200, {
      timeout: longest,
    });
    await page.getByLabel(w('objects.uploadFiles'), { exact: true }).setInputFiles(path);
    await first;
    await tray.getByRole('button', { name: w('transfers.pause', { name: 'large.bin' }) }).click();
    await tray.getByText(w('transfers.state.paused')).waitFor();
    await session.detach();
  });

  await step('the page is loaded again, the file chosen again, and the upload goes on', async () => {
    page.once('dialog', dialog => void dialog.accept());
    await page.reload();
    await tray.getByText(w('transfers.state.interrupted')).waitFor();
    await look(page, 'transfer-interrupted');
    already = sent;
    await tray.getByLabel(w('transfers.chooseAgainFor', { name: 'large.bin' })).setInputFiles(path);
    await tray.getByText(w('transfers.ended', { count: 1 })).waitFor({ timeout: longest });
    const parts = Math.ceil((size * 1024 * 1024) / partSize);
    if (already < 1) throw new Error('nothing had arrived before the page was loaded again');
    if (sent > parts) throw new Error(`${sent} parts were sent of a file of ${parts}: what had arrived was sent again`);
  });

  await step('what comes back has the same SHA-256', async () => {
    await page.goto(`${server.url}/storage/object-storage/${bucket}?prefix=big/`);
    await page.getByRole('button', { name: w('objects.actionsOf', { name: 'large.bin' }) }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download', { timeout: longest }),
      page.getByRole('menuitem', { name: w('objects.download') }).click(),
    ]);
    if ((await digest(await download.path())) !== (await digest(path))) throw new Error('the bytes differ');
    await download.delete();
  });
  rmSync(folder, { recursive: true, force: true });
}

/** Many keys are scrolled and searched; what the page holds stays small. */
async function keysStory(step: Step, page: Page, server: Target, bucket: string): Promise<void> {
  const keys = Number(setting('COFFER_KEYS'));
  const prefix = setting('COFFER_PREFIX');
  const grid = page.getByRole('grid');
  const nameOf = (n: number) => `o${String(n).padStart(9, '0')}`;
  const there = (n: number) => grid.getByRole('link', { name: nameOf(n), exact: true }).waitFor({ timeout: patience });

  await step(`a bucket of ${keys} keys is scrolled`, async () => {
    await page.goto(`${server.url}/storage/object-storage/${bucket}?prefix=${encodeURIComponent(prefix)}`);
    await there(0);
    await grid.focus();
    const pages = Math.min(Math.ceil(keys / 1000), mostPages);
    for (let loaded = 1; loaded <= pages; loaded++) {
      await page.keyboard.press('End');
      await there(Math.min(loaded * 1000, keys) - 1);
      const following = loaded * 1000;
      if (loaded < pages)
        await page.waitForFunction(
          least =>
            Number(
              document.querySelector('[role=grid] + [role=status] span:last-child')?.textContent?.replaceAll(/\D/g, ''),
            ) > least,
          following,
          { timeout: patience },
        );
    }
    const shown = await grid.getByRole('row').count();
    if (shown > 120) throw new Error(`${shown} rows are in the page: a list has to hold those in sight alone`);
    await look(page, 'bucket-many');
    await page.keyboard.press('Home');
    await there(0);
  });

  await step('a name near the end is found by its beginning', async () => {
    const begin = nameOf(keys - 10).slice(0, -1);
    await page.getByRole('searchbox', { name: w('objects.find') }).fill(begin);
    await there(keys - 1);
    await page.getByText(w('objects.count', { count: 10 }), { exact: true }).waitFor();
    await page.getByRole('searchbox', { name: w('objects.find') }).fill('p');
    await page.getByText(w('objects.noneFoundText')).waitFor({ timeout: patience });
  });
}

/** Objects and a folder are chosen, and the server sends them as one archive. */
async function archiveStory(step: Step, page: Page, server: Target, bucket: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'coffer-e2e-'));
  const grid = page.getByRole('grid');
  const files = page.getByLabel(w('objects.uploadFiles'), { exact: true });
  writeFileSync(join(folder, 'first.txt'), 'first words\n');
  writeFileSync(join(folder, 'second & ü.txt'), 'second words\n');

  await step('objects and a folder come as one archive', async () => {
    await page.goto(`${server.url}/storage/object-storage/${bucket}?prefix=zip/inner/`);
    await files.setInputFiles(join(folder, 'first.txt'));
    await grid.getByRole('link', { name: 'first.txt' }).waitFor();
    await page.goto(`${server.url}/storage/object-storage/${bucket}?prefix=zip/`);
    await files.setInputFiles(join(folder, 'second & ü.txt'));
    await grid.getByRole('link', { name: 'second & ü.txt' }).waitFor();
    await grid.focus();
    await page.keyboard.press('Control+a');
    await look(page, 'bucket-archive');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: w('objects.downloadZip') }).click(),
    ]);
    if (download.suggestedFilename() !== 'zip.zip')
      throw new Error(`the file is called ${download.suggestedFilename()}`);
    holds(readFileSync(await download.path()), {
      'inner/first.txt': 'first words\n',
      'second & ü.txt': 'second words\n',
    });
  });

  await step('a folder comes as one archive from its menu', async () => {
    await grid.getByRole('button', { name: w('objects.actionsOf', { name: 'inner/' }) }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: w('objects.downloadZip') }).click(),
    ]);
    if (download.suggestedFilename() !== 'inner.zip')
      throw new Error(`the file is called ${download.suggestedFilename()}`);
    holds(readFileSync(await download.path()), { 'inner/first.txt': 'first words\n' });
  });

  await step('too many objects for one archive are refused in words', async () => {
    await page.goto(`${server.url}/storage/object-storage/${bucket}`);
    await grid.getByRole('button', { name: w('objects.actionsOf', { name: 'coffer-bench/' }) }).click();
    await page.getByRole('menuitem', { name: w('objects.downloadZip') }).click();
    await page.getByText(w('objects.zipFailedText')).waitFor({ timeout: patience });
  });
  rmSync(folder, { recursive: true, force: true });
}

/** Complains unless the archive holds exactly these files; what is stored stands in it as it is. */
function holds(archive: Buffer, files: Record<string, string>): void {
  const end = archive.lastIndexOf('PK\u0005\u0006', undefined, 'latin1');
  if (end < 0) throw new Error('the archive has no end');
  const many = archive.readUInt16LE(end + 10);
  if (many !== Object.keys(files).length) throw new Error(`the archive holds ${many} files`);
  for (const [name, text] of Object.entries(files)) {
    const at = archive.indexOf(name);
    if (at < 0 || archive.indexOf(text) < at) throw new Error(`the archive lacks ${name}`);
  }
}

await play(async (step, page, _browser, server) => {
  const bucket = setting('COFFER_BUCKET');
  await step('sign in', async () => {
    await page.goto(server.url);
    await page.getByLabel(w('session.email')).fill(server.email);
    await page.getByLabel(w('session.password'), { exact: true }).fill(server.password);
    await page.getByRole('button', { name: w('session.signInButton') }).click();
    await page.getByRole('region', { name: w('buckets.title') }).waitFor();
  });
  await archiveStory(step, page, server, bucket);
  await keysStory(step, page, server, bucket);
  await uploadStory(step, page, server, bucket);
});
