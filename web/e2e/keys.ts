import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import type { Step } from './runner.ts';
import { look, words } from './world.ts';

const w = (key: Parameters<typeof words>[1], values?: Record<string, string | number>) => words('en', key, values);

/** Reads the clipboard. */
const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText());

function equal(got: unknown, wanted: unknown, what: string): void {
  if (got !== wanted) throw new Error(`${what} is ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`);
}

export async function keyStory(step: Step, page: Page): Promise<void> {
  await step('Menu > Storage > Object Storage > Key management', async () => {
    const menu = page.getByRole('button', { name: w('shell.menu'), exact: true });
    if ((await menu.getAttribute('aria-expanded')) === 'false') await menu.click();
    const list = page.getByRole('list', { name: w('shell.storage') });
    await list.getByRole('link', { name: w('shell.objectStorage') }).click();
    await page.getByRole('tab', { name: w('keys.tab') }).click();
    await page.getByRole('region', { name: w('keys.credentials') }).waitFor();
    await page.getByText(w('keys.canonicalAbsent')).waitFor();
    await page.getByText(w('keys.none')).waitFor();
    await look(page, 'keys-empty');
  });

  await step('the Contract User ID is there before any key and can be copied', async () => {
    await page.getByRole('button', { name: w('ui.copyWhat', { what: w('keys.contractUserId') }) }).click();
    if (!/^\d+:[0-9a-f-]{36}$/.test(await clipboard(page))) throw new Error(`copied ${await clipboard(page)}`);
  });

  await step('Generate a key asks, then shows the pair with the secret hidden', async () => {
    await page.getByRole('button', { name: w('keys.generate') }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: w('keys.generateConfirm'), exact: true }).waitFor();
    await look(page, 'key-generate');
    await dialog.getByRole('button', { name: w('keys.generateConfirm'), exact: true }).click();
    await dialog.getByText(w('keys.generatedText')).waitFor();
    await dialog.getByRole('tab', { name: 'rclone' }).waitFor();
    await look(page, 'key-generated');
  });

  let pair = { accessKey: '', secretKey: '' };
  await step('Download key pair saves both halves, and the snippets carry them', async () => {
    const dialog = page.getByRole('dialog');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: w('keys.download') }).click(),
    ]);
    const file = readFileSync(await download.path(), 'utf8')
      .trim()
      .split(/\r?\n/);
    equal(file[0], 'Access key ID,Secret access key', 'the head of the file');
    const [accessKey = '', secretKey = ''] = (file[1] ?? '').split(',');
    pair = { accessKey, secretKey };
    const html = await page.content();
    if (html.includes(secretKey)) throw new Error('the hidden secret is in the page');
    await dialog.getByRole('button', { name: w('ui.copyWhat', { what: w('keys.secretKey') }) }).click();
    equal(await clipboard(page), secretKey, 'the copied secret');
    await dialog.getByRole('tab', { name: 'rclone' }).click();
    await dialog.getByRole('button', { name: w('ui.copyWhat', { what: 'rclone' }) }).click();
    const snippet = await clipboard(page);
    if (!snippet.includes(`secret_access_key = ${secretKey}`) || !/endpoint = http/.test(snippet))
      throw new Error(snippet);
    await dialog.getByRole('button', { name: w('ui.revealWhat', { what: w('keys.secretKey') }) }).click();
    await dialog.getByText(secretKey, { exact: true }).waitFor();
    await dialog
      .getByRole('button', { name: w('ui.close') })
      .last()
      .click();
  });

  await step('the key is listed as active, and the Canonical User ID exists', async () => {
    await page.getByRole('cell', { name: pair.accessKey.slice(0, 20) }).waitFor();
    await page.getByText(w('keys.admin')).waitFor();
    await page.getByText(w('keys.canonicalAbsent')).waitFor({ state: 'detached' });
    const toggle = page.getByRole('switch').first();
    equal(await toggle.isChecked(), true, 'the toggle');
    if ((await page.content()).includes(pair.secretKey)) throw new Error('the secret stayed in the page');
    await look(page, 'keys');
  });

  await step('copying works where the browser offers no clipboard, as over plain HTTP', async () => {
    await page.evaluate(() => Object.defineProperty(window, 'isSecureContext', { value: false, configurable: true }));
    await page
      .getByRole('button', { name: w('ui.copyWhat', { what: w('keys.accessKey') }) })
      .first()
      .click();
    equal(await clipboard(page), pair.accessKey, 'the copied access key');
    await page.evaluate(() => Object.defineProperty(window, 'isSecureContext', { value: true, configurable: true }));
  });

  await step('the pair can be downloaded again from the list', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page
        .getByRole('button', { name: /^Download key pair of/ })
        .first()
        .click(),
    ]);
    equal(readFileSync(await download.path(), 'utf8').includes(pair.secretKey), true, 'the secret in the file');
  });

  await step('turning the last key off warns and can be undone', async () => {
    // The input of a switch is hidden under its track.
    await page.getByRole('switch').first().click({ force: true });
    await page.getByText(w('keys.lastDeactivated')).waitFor();
    await page.getByText(w('keys.noneActive')).waitFor();
    await look(page, 'keys-inactive');
    await page.getByRole('button', { name: w('keys.activateAgain') }).click();
    await page.getByText(w('keys.noneActive')).waitFor({ state: 'detached' });
    equal(await page.getByRole('switch').first().isChecked(), true, 'the toggle');
  });

  await step('with five keys the button says why there is no sixth; one is deleted', async () => {
    for (let n = await page.getByRole('switch').count(); n < 5; n++) {
      await page.getByRole('button', { name: w('keys.generate') }).click();
      await page
        .getByRole('dialog')
        .getByRole('button', { name: w('keys.generateConfirm'), exact: true })
        .click();
      await page.getByRole('dialog').getByText(w('keys.generatedText')).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('switch').nth(n).waitFor({ state: 'attached' });
    }
    const button = page.getByRole('button', { name: w('keys.generate') });
    equal(await button.getAttribute('aria-disabled'), 'true', 'the button');
    await button.hover();
    await page.getByRole('tooltip').waitFor();
    await look(page, 'keys-full');
    await page
      .getByRole('button', { name: /^Delete key/ })
      .last()
      .click();
    await page.getByRole('dialog').getByText(w('keys.deleteText')).waitFor();
    await look(page, 'key-delete');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: w('ui.delete'), exact: true })
      .click();
    await page.getByRole('switch').nth(4).waitFor({ state: 'detached' });
  });

  await step('each region is listed with its type and address', async () => {
    const endpoints = page.getByRole('region', { name: w('keys.endpoints') });
    await endpoints.getByText(w('buckets.userOwned')).waitFor();
    await endpoints.getByText(w('buckets.contractOwned')).waitFor();
    await endpoints.getByRole('button').first().click();
    if (!/^https?:\/\/[^/]+$/.test(await clipboard(page))) throw new Error(`copied ${await clipboard(page)}`);
  });
}
