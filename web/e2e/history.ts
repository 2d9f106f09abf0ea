import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { metadata as meta } from '../src/i18n/en/metadata.ts';
import type { Step } from './runner.ts';
import { look, type Target, words } from './world.ts';

const w = (key: Parameters<typeof words>[1], values?: Record<string, string | number>) => words('en', key, values);

/** A picture of two by two points, so that a preview has something to load. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP8z8DAwMDAxMDAwMDAAAANHQEDasKb6QAAAABJRU5ErkJggg==',
  'base64',
);

/** Opens the dialog, fills it in, and leads into the bucket that was made. */
export async function makeBucket(page: Page, server: Target, name: string, how: 'versions' | 'lock'): Promise<void> {
  const dialog = page.getByRole('dialog');
  await page.goto(`${server.url}/storage/object-storage`);
  await page.getByRole('button', { name: w('buckets.create'), exact: true }).click();
  await dialog.getByLabel(w('buckets.name')).fill(name);
  await dialog.getByRole('radio', { name: w(`buckets.protection.${how}`) }).check();
  if (how === 'lock') {
    await dialog.getByRole('radio', { name: w('set.governance') }).check();
    await dialog.getByRole('textbox', { name: w('set.retentionCount') }).fill('2');
  }
  await look(page, `bucket-create-${how}`);
  await dialog.getByRole('button', { name: w('buckets.create') }).click();
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByText(w('objects.emptyBucket')).waitFor();
}

/** An object's history: versions, undo, previews, tags, sharing, locks. */
export async function historyStory(step: Step, page: Page, server: Target): Promise<void> {
  const bucket = 'team-files';
  const folder = mkdtempSync(join(tmpdir(), 'coffer-e2e-'));
  const dialog = page.getByRole('dialog');
  const grid = page.getByRole('grid');
  const files = page.getByLabel(w('objects.uploadFiles'), { exact: true });
  const tab = (name: Parameters<typeof words>[1]) => dialog.getByRole('tab', { name: w(name) });
  const notes = join(folder, 'notes.txt');
  writeFileSync(join(folder, 'picture.png'), picture);
  writeFileSync(join(folder, 'table.csv'), 'city,people\n"Bern, CH",134794\nGraz,298479\n');
  writeFileSync(
    join(folder, 'paper.pdf'),
    '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n',
  );

  await step('a bucket is made that keeps former versions', () => makeBucket(page, server, bucket, 'versions'));

  await step('a file is uploaded, and overwritten when asked', async () => {
    writeFileSync(notes, 'first words\n');
    await files.setInputFiles([
      notes,
      join(folder, 'picture.png'),
      join(folder, 'table.csv'),
      join(folder, 'paper.pdf'),
    ]);
    await grid.getByRole('link', { name: 'table.csv' }).waitFor();
    writeFileSync(notes, 'second words\n');
    await files.setInputFiles(notes);
    await page.getByRole('button', { name: w('transfers.choice.overwrite') }).click();
    await page.getByRole('group', { name: w('transfers.taken', { name: 'notes.txt' }) }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: w('transfers.clear') }).click();
  });

  await step('texts, tables, pictures and papers have a preview', async () => {
    await grid.getByRole('link', { name: 'notes.txt' }).click();
    await tab('objects.tab.preview').click();
    await dialog.getByText('second words').waitFor();
    if (!page.url().includes('show=preview')) throw new Error(`the address does not say so: ${page.url()}`);
    await look(page, 'object-preview');
    await page.goto(`${server.url}/storage/object-storage/${bucket}?object=table.csv&show=preview`);
    await dialog.getByRole('cell', { name: 'Bern, CH' }).waitFor();
    await look(page, 'object-table');
    await page.goto(`${server.url}/storage/object-storage/${bucket}?object=picture.png&show=preview`);
    const image = dialog.getByRole('img', { name: w('objects.previewOf', { name: 'picture.png' }) });
    await image.waitFor();
    await page.waitForFunction(() => [...document.images].some(one => one.naturalWidth === 2));
    await page.goto(`${server.url}/storage/object-storage/${bucket}?object=paper.pdf&show=preview`);
    await dialog.getByTitle(w('objects.previewOf', { name: 'paper.pdf' })).waitFor();
  });

  await step('the history lists both versions, and restoring brings the first back', async () => {
    await page.goto(`${server.url}/storage/object-storage/${bucket}?object=notes.txt&show=versions`);
    await dialog.getByText(w('objects.versionLatest')).waitFor();
    await look(page, 'object-versions');
    await dialog.getByRole('button', { name: w('objects.restore') }).click();
    await page.getByText(w('objects.restored'), { exact: true }).waitFor();
    await tab('objects.tab.preview').click();
    await dialog.getByText('first words').waitFor();
  });

  await step('a version is deleted for good', async () => {
    await tab('objects.tab.versions').click();
    await dialog.getByRole('listitem').nth(2).waitFor();
    await dialog
      .getByRole('listitem')
      .last()
      .getByRole('button', { name: w('ui.delete') })
      .click();
    const confirm = page.getByRole('dialog', { name: w('objects.versionDelete') });
    await look(page, 'version-delete');
    await confirm.getByRole('button', { name: w('ui.delete'), exact: true }).click();
    await dialog.getByRole('listitem').nth(2).waitFor({ state: 'detached' });
  });

  await step('tags are added and kept', async () => {
    await tab('objects.tab.tags').click();
    await dialog.getByRole('button', { name: w('set.tagAdd') }).click();
    await dialog.getByRole('button', { name: w('ui.save') }).click();
    await dialog.getByText(w('set.tagFault.empty')).waitFor();
    await dialog.getByLabel(w('set.tagName')).fill('project');
    await dialog.getByLabel(w('set.tagValue')).fill('Überblick 2026');
    await dialog.getByRole('button', { name: w('ui.save') }).click();
    await page.getByText(w('set.tagsSaved')).waitFor();
    await look(page, 'object-tags');
  });

  await step('type and metadata are changed, and content and tags stay', async () => {
    await tab('objects.tab.metadata').click();
    const save = dialog.getByRole('button', { name: w('ui.save') });
    await dialog.getByLabel(meta['meta.header.content-type'], { exact: true }).fill('text/markdown; charset=utf-8');
    await dialog.getByLabel(meta['meta.header.cache-control']).fill('max-age=3600');
    await dialog.getByRole('button', { name: meta['meta.add'] }).click();
    await dialog.getByLabel(meta['meta.name']).fill('author');
    await dialog.getByLabel(meta['meta.value']).fill('Größe');
    await save.click();
    await dialog.getByText(meta['meta.fault.value']).waitFor();
    await dialog.getByLabel(meta['meta.value']).fill('Ada');
    await save.click();
    await page.getByText(meta['meta.saved']).waitFor();
    await look(page, 'object-metadata');
    await page.reload();
    await dialog.getByLabel(meta['meta.name']).waitFor();
    if ((await dialog.getByLabel(meta['meta.name']).inputValue()) !== 'author') throw new Error('the metadata is gone');
    await tab('objects.tab.facts').click();
    await dialog.getByText('text/markdown; charset=utf-8').waitFor();
    await dialog.getByText('max-age=3600').waitFor();
    await tab('objects.tab.tags').click();
    await dialog.getByRole('textbox', { name: w('set.tagValue') }).waitFor();
    await tab('objects.tab.preview').click();
    await dialog.getByText('first words').waitFor();
  });

  await step('a shared link gives the object for as long as chosen', async () => {
    await dialog.getByRole('button', { name: w('objects.share') }).click();
    const share = page.getByRole('dialog', { name: w('objects.shareTitle', { name: 'notes.txt' }) });
    await share.getByLabel(w('objects.shareFor')).selectOption({ label: w('objects.shareDays', { count: 7 }) });
    await share.getByRole('textbox', { name: w('objects.shareLink') }).waitFor();
    await look(page, 'object-share');
    const link = await share.getByRole('textbox', { name: w('objects.shareLink') }).inputValue();
    if (!link.includes('X-Amz-Expires=604800')) throw new Error(`the link is ${link}`);
    const text = await (await fetch(link)).text();
    if (text !== 'first words\n') throw new Error(`the link gives ${text.slice(0, 200)}`);
    await page.keyboard.press('Escape');
    await share.waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  await step('deleting can be undone at once', async () => {
    await grid.getByRole('button', { name: w('objects.actionsOf', { name: 'notes.txt' }) }).click();
    await page.getByRole('menuitem', { name: w('ui.delete') }).click();
    await dialog.getByText(w('objects.deleteUndoable')).waitFor();
    await dialog.getByRole('button', { name: w('ui.delete'), exact: true }).click();
    await grid.getByRole('link', { name: 'notes.txt' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: w('objects.undo') }).click();
    await grid.getByRole('link', { name: 'notes.txt' }).waitFor();
  });

  await step('what was deleted is listed and comes back', async () => {
    await grid.getByRole('button', { name: w('objects.actionsOf', { name: 'table.csv' }) }).click();
    await page.getByRole('menuitem', { name: w('ui.delete') }).click();
    await dialog.getByRole('button', { name: w('ui.delete'), exact: true }).click();
    await grid.getByRole('link', { name: 'table.csv' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: w('objects.deletedFiles') }).click();
    await dialog.getByRole('cell', { name: 'table.csv', exact: true }).waitFor();
    await look(page, 'deleted-files');
    await dialog.getByRole('button', { name: `${w('objects.restore')} table.csv` }).click();
    await dialog.getByText(w('objects.deletedNone')).waitFor();
    await page.keyboard.press('Escape');
    await grid.getByRole('link', { name: 'table.csv' }).waitFor();
  });

  await step('a locked object says why it cannot be deleted; a hold comes and goes', async () => {
    const locked = `${bucket}-lock`;
    await makeBucket(page, server, locked, 'lock');
    await files.setInputFiles(notes);
    await grid.getByRole('link', { name: 'notes.txt' }).waitFor();
    await page.goto(`${server.url}/storage/object-storage/${locked}?object=notes.txt&show=protection`);
    await dialog.getByText(/It is locked until .* \(governance\)/).waitFor();
    await dialog.getByRole('switch', { name: w('objects.hold') }).click({ force: true });
    await dialog.getByText(w('objects.whyHold')).waitFor();
    await look(page, 'object-locked');
    await tab('objects.tab.versions').click();
    await dialog
      .getByRole('listitem')
      .last()
      .getByRole('button', { name: w('ui.delete') })
      .click();
    const confirm = page.getByRole('dialog', { name: w('objects.versionDelete') });
    await confirm.getByRole('checkbox', { name: w('objects.bypass') }).check();
    await confirm.getByRole('button', { name: w('ui.delete'), exact: true }).click();
    await confirm.getByRole('alert').waitFor();
    await look(page, 'version-refused');
    await confirm.getByRole('button', { name: w('ui.cancel') }).click();
    await tab('objects.tab.protection').click();
    await dialog.getByRole('switch', { name: w('objects.hold') }).click({ force: true });
    await dialog.getByText(w('objects.whyHold')).waitFor({ state: 'detached' });
    await tab('objects.tab.versions').click();
    await dialog
      .getByRole('listitem')
      .last()
      .getByRole('button', { name: w('ui.delete') })
      .click();
    await confirm.getByRole('checkbox', { name: w('objects.bypass') }).check();
    await confirm.getByRole('button', { name: w('ui.delete'), exact: true }).click();
    await page.getByText(w('objects.versionDeleted')).waitFor();
  });

  await step('a bucket is emptied with all versions, and can then be deleted', async () => {
    await page.goto(`${server.url}/storage/object-storage/${bucket}/settings`);
    const section = page.getByRole('region', { name: w('set.empty'), exact: true });
    await section.getByRole('button', { name: w('set.empty') }).click();
    await dialog.getByLabel(w('ui.typeToConfirm', { word: bucket })).fill(bucket);
    await look(page, 'bucket-empty-ask');
    await dialog.getByRole('button', { name: w('set.empty'), exact: true }).click();
    await section.getByText(/^[1-9]\d* versions deleted/).waitFor();
    await page.goto(`${server.url}/storage/object-storage`);
    await page.getByRole('button', { name: w('buckets.deleteOf', { name: bucket }), exact: true }).click();
    await dialog.getByLabel(w('ui.typeToConfirm', { word: bucket })).fill(bucket);
    await dialog.getByRole('button', { name: w('ui.delete'), exact: true }).click();
    await page.getByRole('link', { name: bucket, exact: true }).waitFor({ state: 'detached' });
  });
  rmSync(folder, { recursive: true, force: true });
}
