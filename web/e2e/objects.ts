import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Step } from './runner.ts';
import { look, words } from './world.ts';

const w = (key: Parameters<typeof words>[1], values?: Record<string, string | number>) => words('en', key, values);

/** Bytes of the large file: three parts. */
const large = 20 * 1024 * 1024 + 7;

export async function objectStory(step: Step, page: Page): Promise<void> {
  const bucket = 'holiday-photos';
  const folder = mkdtempSync(join(tmpdir(), 'coffer-e2e-'));
  const bytes = randomBytes(large);
  writeFileSync(join(folder, 'large.bin'), bytes);
  writeFileSync(join(folder, 'notes.txt'), 'first words\n');
  mkdirSync(join(folder, 'photos', '2026'), { recursive: true });
  writeFileSync(join(folder, 'photos', 'a b+c&d.txt'), 'a');
  writeFileSync(join(folder, 'photos', '2026', 'ü.txt'), 'u');
  const grid = page.getByRole('grid');
  const dialog = page.getByRole('dialog');
  const files = page.getByLabel(w('objects.uploadFiles'), { exact: true });

  await step('Create bucket shows the rules live and offers a region', async () => {
    await page.getByRole('tab', { name: w('buckets.tab') }).click();
    await page.getByRole('button', { name: w('buckets.create'), exact: true }).click();
    await dialog.getByLabel(w('buckets.name')).fill('Not_A_Name');
    await look(page, 'bucket-create');
    await dialog.getByRole('button', { name: w('buckets.create') }).click();
    await dialog.getByText(w('buckets.nameInvalid')).waitFor();
    await dialog.getByLabel(w('buckets.name')).fill(bucket);
    await dialog.getByRole('button', { name: w('buckets.create') }).click();
    await page.getByRole('link', { name: bucket, exact: true }).waitFor();
    await look(page, 'buckets');
  });

  await step('the drop-down separates the types, and says when nothing is left', async () => {
    const choice = page.getByRole('combobox', { name: w('buckets.which') });
    await choice.selectOption({ label: w('buckets.showUserOwned') });
    await page.getByText(w('buckets.noneOfType')).waitFor();
    if (!page.url().includes('owned=user')) throw new Error(`the address does not say so: ${page.url()}`);
    await look(page, 'buckets-filtered');
    await choice.selectOption({ label: w('buckets.showContractOwned') });
    await page.getByRole('link', { name: bucket, exact: true }).click();
    await page.getByText(w('objects.emptyBucket')).waitFor();
    await look(page, 'bucket-empty');
  });

  await step('files are uploaded, the large one in parts', async () => {
    await files.setInputFiles([join(folder, 'notes.txt'), join(folder, 'large.bin')]);
    await grid.getByRole('link', { name: 'large.bin' }).waitFor({ timeout: 60_000 });
    await grid.getByRole('link', { name: 'notes.txt' }).waitFor();
    await page
      .getByRole('complementary', { name: w('transfers.title') })
      .getByText(w('transfers.ended', { count: 2 }))
      .waitFor();
    await look(page, 'bucket-uploaded');
    await page.getByRole('button', { name: w('transfers.clear') }).click();
  });

  await step('a folder is uploaded with what is in it, whatever the names', async () => {
    await page.getByLabel(w('objects.uploadFolder'), { exact: true }).setInputFiles(join(folder, 'photos'));
    await grid.getByRole('link', { name: 'photos/' }).click();
    await grid.getByRole('link', { name: 'a b+c&d.txt' }).waitFor();
    await grid.getByRole('link', { name: '2026/' }).click();
    await grid.getByRole('link', { name: 'ü.txt' }).waitFor();
    await page
      .getByRole('navigation', { name: w('objects.trail') })
      .getByRole('link', { name: bucket })
      .click();
    await grid.getByRole('link', { name: 'notes.txt' }).waitFor();
  });

  await step('a taken name asks; both are kept', async () => {
    await files.setInputFiles(join(folder, 'notes.txt'));
    await page.getByRole('group', { name: w('transfers.taken', { name: 'notes.txt' }) }).waitFor();
    await look(page, 'transfer-conflict');
    await page.getByRole('button', { name: w('transfers.choice.keep') }).click();
    await grid.getByRole('link', { name: 'notes (2).txt' }).waitFor();
    await page.getByRole('button', { name: w('transfers.clear') }).click();
  });

  await step('an upload is paused, outlives another page, and goes on', async () => {
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 20,
      downloadThroughput: -1,
      uploadThroughput: 1_500_000,
    });
    writeFileSync(join(folder, 'slow.bin'), bytes);
    await files.setInputFiles(join(folder, 'slow.bin'));
    const tray = page.getByRole('complementary', { name: w('transfers.title') });
    await tray.getByRole('button', { name: w('transfers.pause', { name: 'slow.bin' }) }).click();
    await tray.getByText(w('transfers.state.paused')).waitFor();
    await page
      .getByRole('navigation', { name: w('objects.trail') })
      .getByRole('link', { name: w('shell.objectStorage') })
      .click();
    await page.getByRole('heading', { name: w('shell.objectStorage'), level: 1 }).waitFor();
    await look(page, 'transfer-paused');
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: -1,
    });
    await tray.getByRole('button', { name: w('transfers.resume', { name: 'slow.bin' }) }).click();
    await tray.getByText(w('transfers.ended', { count: 1 })).waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: bucket, exact: true }).click();
    await grid.getByRole('link', { name: 'slow.bin' }).waitFor();
    await page.getByRole('button', { name: w('transfers.clear') }).click();
  });

  await step('the filter is asked of the server and kept in the address', async () => {
    await page.getByRole('searchbox', { name: w('objects.find') }).fill('note');
    await grid.getByRole('link', { name: 'large.bin' }).waitFor({ state: 'detached' });
    if (!page.url().includes('find=note')) throw new Error(`the address does not say so: ${page.url()}`);
    await page.getByRole('searchbox', { name: w('objects.find') }).fill('nothing like it');
    await page.getByText(w('objects.noneFoundText')).waitFor();
    await look(page, 'bucket-filtered');
    await page
      .getByRole('button', { name: w('objects.findClear') })
      .last()
      .click();
    await grid.getByRole('link', { name: 'large.bin' }).waitFor();
  });

  await step('details tell size, type and checksum', async () => {
    await grid.getByRole('link', { name: 'notes.txt' }).click();
    await dialog.getByText('text/plain').waitFor();
    await dialog.getByText(`s3://${bucket}/notes.txt`).waitFor();
    if ((await dialog.getByText('cache-control').count()) > 0)
      throw new Error('the browser’s own Cache-Control became the object’s');
    await look(page, 'object-details');
  });

  await step('a download holds the same bytes', async () => {
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await grid.getByRole('button', { name: w('objects.actionsOf', { name: 'slow.bin' }) }).click();
    await page.getByRole('menuitem', { name: w('objects.download') }).waitFor();
    await look(page, 'object-menu');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: w('objects.download') }).click(),
    ]);
    if (!readFileSync(await download.path()).equals(bytes)) throw new Error('the bytes differ');
    if (download.suggestedFilename() !== 'slow.bin')
      throw new Error(`the file is called ${download.suggestedFilename()}`);
  });

  await step('a copied link opens the object without signing in', async () => {
    await grid.getByRole('button', { name: w('objects.actionsOf', { name: 'notes.txt' }) }).click();
    await page.getByRole('menuitem', { name: w('objects.copyLink') }).click();
    await page.getByText(w('objects.linkCopied'), { exact: true }).waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    const text = await (await fetch(link)).text();
    if (text !== 'first words\n') throw new Error(`the link gives ${text.slice(0, 200)}`);
  });

  await step('the keyboard moves, chooses and deletes', async () => {
    await grid.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await page.keyboard.press('Shift+ArrowDown');
    await page.getByText(w('objects.chosen', { count: 2 })).waitFor();
    await look(page, 'bucket-chosen');
    await page.keyboard.press('Delete');
    await dialog.getByText(w('objects.deleteForGood'), { exact: false }).waitFor();
    await look(page, 'object-delete');
    await dialog.getByRole('button', { name: w('ui.delete'), exact: true }).click();
    await page.getByText(w('objects.deleted', { count: 2 })).waitFor();
  });

  await step('a folder is created, and all is deleted with the number named', async () => {
    await page.getByRole('button', { name: w('objects.createFolder') }).click();
    await dialog.getByLabel(w('objects.folderName')).fill('empty');
    await look(page, 'folder-create');
    await dialog.getByRole('button', { name: w('objects.createFolder') }).click();
    await grid.getByRole('link', { name: 'empty/' }).waitFor();
    await grid.focus();
    await page.keyboard.press('Control+a');
    await page.getByRole('button', { name: w('ui.delete'), exact: true }).click();
    await dialog.getByText(/This deletes \d+ objects/).waitFor();
    await dialog.getByRole('button', { name: w('ui.delete'), exact: true }).click();
    await page.getByText(w('objects.emptyBucket')).waitFor();
  });

  await step('an empty bucket is deleted after its name was typed', async () => {
    await page
      .getByRole('navigation', { name: w('objects.trail') })
      .getByRole('link', { name: w('shell.objectStorage') })
      .click();
    await page.getByRole('button', { name: w('buckets.deleteOf', { name: bucket }) }).click();
    const confirm = dialog.getByRole('button', { name: w('ui.delete'), exact: true });
    await dialog.getByLabel(w('ui.typeToConfirm', { word: bucket })).fill(bucket);
    await look(page, 'bucket-delete');
    await confirm.click();
    await page.getByRole('link', { name: bucket, exact: true }).waitFor({ state: 'detached' });
  });
  rmSync(folder, { recursive: true, force: true });
}
