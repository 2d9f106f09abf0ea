import type { Browser, Page } from 'playwright-core';
import type { Step } from './runner.ts';
import { signIn } from './signin.ts';
import { look, open, type Target, words } from './world.ts';

const w = (key: Parameters<typeof words>[1], values?: Record<string, string | number>) => words('en', key, values);

const table = [
  'email,firstname,lastname,administrator,groups',
  'grace@example.org,Grace,Hopper,no,Backup',
  'alan@example.org,Alan,Turing,yes,',
  'nobody,No,Body,no,Backup',
].join('\n');

/** People in numbers: many at once, all their keys, what is recorded and counted, tokens, and what holds for the contract. */
export async function manageStory(step: Step, page: Page, browser: Browser, server: Target): Promise<void> {
  const dialog = page.getByRole('dialog');
  const menu = (key: Parameters<typeof words>[1]) =>
    page.getByRole('list', { name: w('shell.management') }).getByRole('link', { name: w(key), exact: true });
  let link = '';

  await step('users are imported from a table, and each wrong line says why', async () => {
    await menu('shell.usersGroups').click();
    await page.getByRole('tab', { name: w('people.groups') }).click();
    await page.getByRole('button', { name: w('people.create'), exact: true }).click();
    await dialog.getByLabel(w('people.groupName')).fill('Backup');
    await dialog.getByRole('button', { name: w('people.create'), exact: true }).click();
    await page.getByRole('checkbox', { name: w('people.useObjectStorage') }).click();
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>('input[type=checkbox]')?.checked);
    await menu('shell.usersGroups').click();
    await page.getByRole('button', { name: w('people.import') }).click();
    const chooser = page.waitForEvent('filechooser');
    await dialog.getByRole('button', { name: w('people.importChoose') }).click();
    await (await chooser).setFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(table) });
    await dialog.getByText(w('people.lineFault.email')).waitFor();
    await look(page, 'import');
    await dialog.getByRole('button', { name: w('people.importRun', { count: 2 }) }).click();
    await dialog.getByRole('button', { name: w('people.importSave') }).waitFor();
    await look(page, 'imported');
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Grace Hopper' }).waitFor();
    await look(page, 'users');
  });

  await step('a user is invited again by a link, which is shown once and works', async () => {
    await page.getByRole('link', { name: 'Grace Hopper' }).click();
    await page.getByRole('button', { name: w('people.invite'), exact: true }).click();
    await dialog.getByRole('button', { name: w('ui.ok'), exact: true }).click();
    link = (await dialog.getByText('/invitation#').textContent()) ?? '';
    await look(page, 'invited');
    await dialog
      .getByRole('button', { name: w('ui.close'), exact: true })
      .last()
      .click();
    const other = await open(browser, server.url, 'en');
    await other.goto(link);
    await other.locator('[name=new]').fill('a password of her own');
    await other.locator('[name=again]').fill('a password of her own');
    await other.getByRole('button', { name: w('session.invitedSet') }).click();
    await other.getByRole('heading', { name: w('session.signIn') }).waitFor();
    await signIn(other, 'grace@example.org', 'a password of her own');
    await other.getByRole('heading', { name: w('shell.objectStorage'), level: 1 }).waitFor();
    await other
      .getByRole('list', { name: w('shell.management') })
      .getByRole('link', { name: w('usage.title') })
      .click();
    await other.getByRole('region', { name: w('usage.keys') }).waitFor();
    if ((await other.getByRole('link', { name: w('audit.title') }).count()) > 0)
      throw new Error('the menu offers the log');
    await other.goto(`${server.url}/management/audit`);
    await other.getByText(w('failure.denied')).waitFor();
    await look(other, 'audit-denied');
    await other.context().close();
  });

  await step('a key is valid for a time that is chosen', async () => {
    await page.getByRole('tab', { name: w('people.keys') }).click();
    await page.getByRole('button', { name: w('people.generateKey') }).click();
    await dialog.getByLabel(w('keys.term')).selectOption('30');
    await look(page, 'user-key-generate');
    await dialog.getByRole('button', { name: w('ui.ok'), exact: true }).click();
    await dialog.getByText(w('keys.generatedText')).waitFor();
    await page.keyboard.press('Escape');
  });

  await step('all keys are in one table; chosen ones are deactivated after their effect was told', async () => {
    await menu('shell.usersGroups').click();
    await page.getByRole('tab', { name: w('people.allKeys') }).click();
    await page.getByRole('row', { name: /Grace Hopper/ }).waitFor();
    await page.getByRole('button', { name: w('keys.expires'), exact: true }).click();
    await page
      .getByRole('columnheader', { name: w('keys.expires') })
      .and(page.locator('[aria-sort=ascending]'))
      .waitFor();
    if (!page.url().includes('sort=expires')) throw new Error('the order is not in the address');
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: w('people.saveKeys') }).click();
    if ((await saving).suggestedFilename() !== 'coffer-keys.csv')
      throw new Error('the keys are saved under another name');
    await look(page, 'all-keys');
    await page
      .getByRole('row', { name: /Grace Hopper/ })
      .getByRole('checkbox')
      .click();
    await page.getByRole('button', { name: w('people.deactivate') }).click();
    await dialog.getByText(w('people.deactivateText', { count: 1 })).waitFor();
    await look(page, 'all-keys-deactivate');
    await dialog.getByRole('button', { name: w('people.deactivate') }).click();
    await page
      .getByRole('row', { name: /Grace Hopper/ })
      .getByText(w('people.inactive'))
      .waitFor();
    await page.getByLabel(w('people.findKey')).fill('nobody at all');
    await page
      .getByRole('paragraph')
      .filter({ hasText: w('people.noKeyFound') })
      .waitFor();
  });

  await step('what was done is recorded in plain words, and the record is whole', async () => {
    await menu('audit.title').click();
    const entry = (key: Parameters<typeof words>[1]) => page.locator('strong').filter({ hasText: w(key) });
    await entry('audit.do.AcceptInvitation').waitFor();
    await page.getByLabel(w('audit.action')).selectOption('coffer:UpdateAccessKey');
    await entry('audit.do.AcceptInvitation').waitFor({ state: 'detached' });
    await entry('audit.do.UpdateAccessKey').waitFor();
    if (!page.url().includes('UpdateAccessKey')) throw new Error('the filter is not in the address');
    await page.getByLabel(w('audit.action')).selectOption('');
    await entry('audit.do.AcceptInvitation').waitFor();
    await page.getByRole('button', { name: w('audit.verify') }).click();
    await page.getByText(w('audit.wholeText')).waitFor();
    await look(page, 'audit');
  });

  await step('usage, as a plot and as a table', async () => {
    await menu('usage.title').click();
    await page.getByRole('heading', { name: w('usage.title') }).waitFor();
    await page.getByRole('tab', { name: w('keys.accessKeys') }).click();
    await page.getByRole('img', { name: new RegExp(w('usage.show.requests')) }).waitFor();
    await page.getByLabel(w('usage.whose')).selectOption('all');
    await page.getByText(w('usage.everybodyHint')).waitFor();
    await page.getByRole('img', { name: new RegExp(w('usage.show.requests')) }).waitFor();
    if (!page.url().includes('user=all')) throw new Error('whose keys they are is not in the address');
    await look(page, 'usage');
    await page.getByRole('button', { name: w('usage.table') }).click();
    await page.getByRole('columnheader', { name: 'Contract Owner' }).waitFor();
    await look(page, 'usage-table');
  });

  await step('a token is generated, listed and deleted', async () => {
    await menu('tokens.title').click();
    await page.getByRole('button', { name: w('tokens.generate') }).click();
    await dialog.getByRole('button', { name: w('tokens.generate') }).click();
    await dialog.getByText(w('tokens.madeText')).waitFor();
    await look(page, 'token');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Delete token/ }).waitFor();
    await look(page, 'tokens');
    await page.getByRole('button', { name: /^Delete token/ }).click();
    await dialog.getByRole('button', { name: w('ui.delete'), exact: true }).click();
    await page.getByText(w('tokens.none')).waitFor();
  });

  await step('the owner limits how long keys are valid, and new keys heed it', async () => {
    await menu('contract.title').click();
    await page.getByText(w('contract.keysText', { n: 1, active: 0 })).waitFor();
    await page
      .getByRole('region', { name: w('quota.title') })
      .getByText(w('quota.any'), { exact: false })
      .first()
      .waitFor();
    await page.getByLabel(w('contract.maxDays')).fill('60');
    await look(page, 'contract');
    await page.getByRole('button', { name: w('ui.save') }).click();
    await page.getByText(w('contract.saved')).waitFor();
    await page.goto(`${server.url}/storage/object-storage?tab=keys`);
    await page
      .getByRole('button', { name: w('keys.generate') })
      .first()
      .click();
    await dialog.getByText(w('keys.termMaximum', { count: 60 }), { exact: false }).waitFor();
    if ((await dialog.getByLabel(w('keys.term')).locator('option[value=never]').count()) > 0)
      throw new Error('a key without an end is offered');
    await page.keyboard.press('Escape');
  });

  await step('an administrator opens the storage of a user, under a banner that ends the visit', async () => {
    const other = await open(browser, server.url, 'en');
    await other.goto(server.url);
    await signIn(other, server.email, server.password);
    await other.getByRole('region', { name: w('buckets.title') }).waitFor();
    await other.goto(`${server.url}/management/users-groups`);
    await other.getByRole('link', { name: 'Grace Hopper' }).click();
    await other.getByRole('button', { name: w('people.storageOpen') }).click();
    const opened = other.context().waitForEvent('page');
    await other
      .getByRole('dialog')
      .getByRole('button', { name: w('people.storageOpen') })
      .click();
    const visit = await opened;
    await visit.getByRole('button', { name: w('visit.end') }).waitFor();
    await visit.getByRole('region', { name: w('buckets.title') }).waitFor();
    await look(visit, 'visit');
    await visit.getByRole('button', { name: w('visit.end') }).click();
    await visit.getByRole('heading', { name: w('session.signIn') }).waitFor();
    await other.context().close();
  });

  await step('on a phone people, log, usage and contract fit', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const [name, address, ready] of [
      ['all-keys', 'users-groups?tab=keys', page.getByRole('row', { name: /Grace Hopper/ })],
      ['audit', 'audit', page.locator('strong').first()],
      ['usage', 'usage?of=keys', page.getByRole('img', { name: new RegExp(w('usage.show.requests')) })],
      ['contract', 'contract', page.getByLabel(w('contract.maxDays'))],
    ] as const) {
      await page.goto(`${server.url}/management/${address}`);
      await ready.waitFor();
      await look(page, `phone-${name}`);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });
}
