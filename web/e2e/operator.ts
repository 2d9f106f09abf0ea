import type { Browser, Page } from 'playwright-core';
import { operator as german } from '../src/i18n/de/operator.ts';
import { operator as english } from '../src/i18n/en/operator.ts';
import { type Message, pick, split } from '../src/i18n/message.ts';
import type { Step } from './runner.ts';
import { signIn } from './signin.ts';
import { type Locale, look, open, type Target, words } from './world.ts';

type Key = keyof typeof english;

/** Returns the words of a message of the operator's pages. */
function o(locale: Locale, key: Key, values: Record<string, string | number> = {}): string {
  const catalogue: Record<Key, Message> = locale === 'de' ? german : english;
  return split(pick(catalogue[key], values.count, new Intl.PluralRules(locale)))
    .map((part, index) => (index % 2 === 0 ? part : String(values[part])))
    .join('');
}

const token = process.env.COFFER_OPERATOR_TOKEN ?? '';

/** The operator: health, regions, a contract with its owner who signs in, a quota, a password that is reset. */
export async function operatorStory(step: Step, page: Page, browser: Browser, server: Target): Promise<void> {
  const en = (key: Key, values?: Record<string, string | number>) => o('en', key, values);
  const dialog = page.getByRole('dialog');
  const menu = (key: Key) => page.getByRole('list', { name: en('op.menu') }).getByRole('link', { name: en(key) });
  const shown = () => dialog.getByText(/^[A-Za-z0-9-]{20,24}$/);
  const bucket = 'in-another-region';
  let password = '';

  await step('the operator signs in with the token, and with nothing else', async () => {
    if (!token) throw new Error('COFFER_OPERATOR_TOKEN has to hold the content of operator.token');
    await page.goto(server.url);
    await page.getByRole('link', { name: words('en', 'session.asOperator') }).click();
    await page.getByRole('heading', { name: en('op.signIn') }).waitFor();
    await page.getByLabel(en('op.token'), { exact: true }).fill('coffer-operator-of-another-server-0123456789');
    await page.getByRole('button', { name: words('en', 'session.signInButton') }).click();
    await page.getByText(en('op.tokenWrongText')).waitFor();
    await look(page, 'operator-sign-in');
    await page.getByLabel(en('op.token'), { exact: true }).fill(token);
    await page.getByRole('button', { name: words('en', 'session.signInButton') }).click();
    await page.getByRole('heading', { name: en('op.health'), level: 1 }).waitFor();
    if (page.url().includes('coffer-operator')) throw new Error('the token is in the address');
  });

  await step('health tells of disk, stores and jobs', async () => {
    await page.getByText(en('op.well')).waitFor();
    await page
      .getByRole('region', { name: en('op.jobs') })
      .getByText(en('op.job.lifecycle'))
      .waitFor();
    await page
      .getByRole('region', { name: en('op.disk') })
      .getByRole('progressbar')
      .waitFor();
    await look(page, 'system-health');
  });

  await step('regions tell what they hold', async () => {
    await menu('op.regions').click();
    await page.getByRole('row', { name: /local-2/ }).waitFor();
  });

  await step('a region is made, and buckets can be made in it at once', async () => {
    await page.getByRole('button', { name: en('op.createRegion') }).click();
    await dialog.getByLabel(en('op.name')).fill('berlin');
    await dialog.getByRole('radio', { name: en('op.userOwned') }).check();
    await look(page, 'region-create');
    await dialog.getByRole('button', { name: en('op.createRegion') }).click();
    await page.getByRole('row', { name: /berlin/ }).waitFor();
    await look(page, 'regions');
    const other = await open(browser, server.url, 'en');
    await other.goto(server.url);
    await signIn(other, server.email, server.password);
    await other
      .getByRole('button', { name: words('en', 'buckets.create'), exact: true })
      .first()
      .click();
    const made = other.getByRole('dialog');
    await made.getByLabel(words('en', 'buckets.name')).fill(bucket);
    await made.getByLabel(words('en', 'keys.region')).selectOption('berlin');
    await made.getByRole('button', { name: words('en', 'buckets.create') }).click();
    await other.getByRole('link', { name: bucket, exact: true }).waitFor();
    await other.context().close();
    await page.reload();
    await page.getByRole('row', { name: /berlin.*1/ }).waitFor();
  });

  await step('the log of the system tells who signed in or was refused to, and what was made', async () => {
    await page.getByRole('link', { name: words('en', 'audit.title') }).click();
    const entries = page.getByRole('region', { name: words('en', 'audit.records') }).getByRole('listitem');
    await entries.filter({ hasText: 'berlin · user-owned' }).waitFor();
    await entries
      .filter({ hasText: words('en', 'audit.do.SignIn') })
      .first()
      .waitFor();
    await page.getByLabel(words('en', 'audit.result')).selectOption('refused');
    await entries.filter({ hasText: 'berlin · user-owned' }).waitFor({ state: 'detached' });
    await entries.filter({ hasText: words('en', 'audit.nobody') }).waitFor();
    if (!page.url().includes('result=refused')) throw new Error('the filter is not in the address');
    await page.getByLabel(words('en', 'audit.result')).selectOption('');
    await entries.filter({ hasText: 'berlin · user-owned' }).waitFor();
    await page.getByRole('button', { name: words('en', 'audit.verify') }).click();
    await page.getByText(words('en', 'audit.wholeText')).waitFor();
    await look(page, 'system-audit');
  });

  await step('a contract is made, found, and its owner signs in', async () => {
    await menu('op.contracts').click();
    await page.getByRole('button', { name: en('op.create') }).click();
    await dialog.getByLabel(en('op.contractName')).fill('Second contract');
    await dialog.getByLabel(en('op.firstName')).fill('Stan');
    await dialog.getByLabel(en('op.lastName')).fill('Stone');
    await dialog.getByLabel(en('op.email')).fill('stan@example.org');
    await look(page, 'contract-create');
    await dialog.getByRole('button', { name: en('op.create') }).click();
    password = (await shown().textContent()) ?? '';
    await look(page, 'contract-made');
    await dialog
      .getByRole('button', { name: words('en', 'ui.close'), exact: true })
      .last()
      .click();
    await page.getByLabel(en('op.findContract')).fill('nobody at all');
    await page.getByText(en('op.noContract', { find: 'nobody at all' })).waitFor();
    await page.getByLabel(en('op.findContract')).fill('stan@');
    await page.getByText(en('op.contractCount', { count: 1 })).waitFor();
    if (!page.url().includes('find=stan')) throw new Error('the filter is not in the address');
    await page.getByLabel(en('op.findContract')).fill('');
    await page.getByText(en('op.contractCount', { count: 2 })).waitFor();
    await look(page, 'contracts');
    await entersAs(browser, server, password);
  });

  await step(
    'in the contract a quota is set, a key imported, and a password reset after its effect was told',
    async () => {
      await page.getByRole('link', { name: 'Second contract' }).click();
      const quota = page.getByRole('region', { name: words('en', 'quota.title') });
      await quota.getByLabel(words('en', 'quota.maxBytes'), { exact: true }).fill('5');
      await quota.getByRole('button', { name: words('en', 'ui.save') }).click();
      await quota.getByText(/of 5\sGiB/).waitFor();
      await page.getByRole('button', { name: `${en('op.import')} Stan Stone` }).click();
      await dialog.getByLabel(words('en', 'keys.accessKey')).fill('MADE-ELSEWHERE-0123456789');
      await dialog
        .getByLabel(words('en', 'keys.secretKey'), { exact: true })
        .fill('imported+secret/of=forty0characters');
      await look(page, 'key-import');
      await dialog.getByRole('button', { name: en('op.import') }).click();
      await page.getByText(en('op.imported', { name: 'Stan Stone' })).waitFor();
      await page.getByRole('button', { name: `${en('op.reset')} Stan Stone` }).click();
      await dialog.getByText(en('op.resetText')).waitFor();
      await look(page, 'password-reset');
      await dialog.getByRole('button', { name: en('op.reset') }).click();
      password = (await shown().textContent()) ?? '';
      await dialog
        .getByRole('button', { name: words('en', 'ui.close'), exact: true })
        .last()
        .click();
      await look(page, 'contract-of');
      await entersAs(browser, server, password);
    },
  );

  await step('the palette leads to contracts, and the pages of people lead back', async () => {
    await page.keyboard.press('Control+K');
    await page.getByRole('combobox', { name: en('op.find') }).fill('second');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Second contract', level: 1 }).waitFor();
    await page.goto(`${server.url}/storage/object-storage`);
    await page.getByRole('heading', { name: en('op.health'), level: 1 }).waitFor();
  });

  await step('a person is refused the pages of the operator', async () => {
    const other = await open(browser, server.url, 'en');
    await other.goto(server.url);
    await signIn(other, 'stan@example.org', password);
    await other.getByRole('region', { name: words('en', 'buckets.title') }).waitFor();
    await other.goto(`${server.url}/system/contracts`);
    await other.getByRole('heading', { name: en('op.signIn') }).waitFor();
    await other.context().close();
  });

  await step('in German, on a phone: health, contracts, a contract, regions', async () => {
    const options = { viewport: { width: 390, height: 844 }, hasTouch: true };
    const phone = await open(browser, server.url, 'de', options);
    const de = (key: Key, values?: Record<string, string | number>) => o('de', key, values);
    await phone.goto(`${server.url}/system/regions`);
    await phone.getByLabel(de('op.token'), { exact: true }).fill(token);
    await look(phone, 'de-phone-operator-sign-in');
    await phone.getByRole('button', { name: words('de', 'session.signInButton') }).click();
    await phone.getByRole('row', { name: /local-1/ }).waitFor();
    await look(phone, 'de-phone-regions');
    await phone.goto(`${server.url}/system/audit`);
    await phone.getByText('berlin · user-owned').waitFor();
    await look(phone, 'de-phone-system-audit');
    await phone.goto(`${server.url}/system/health`);
    await phone.getByText(de('op.well')).waitFor();
    await look(phone, 'de-phone-health');
    await phone.goto(`${server.url}/system/contracts`);
    await phone.getByRole('link', { name: 'Second contract' }).waitFor();
    await look(phone, 'de-phone-contracts');
    await phone.getByRole('link', { name: 'Second contract' }).click();
    await phone
      .getByRole('button', { name: /Stan Stone/ })
      .first()
      .waitFor();
    await look(phone, 'de-phone-contract-of');
    await phone.context().close();
  });

  await step('after signing out nothing of the system is shown', async () => {
    await page.getByRole('button', { name: /^Account/ }).click();
    await page.getByRole('button', { name: en('op.signOut') }).click();
    await page.getByRole('heading', { name: en('op.signIn') }).waitFor();
    await page.goto(`${server.url}/system/contracts`);
    await page.getByRole('heading', { name: en('op.signIn') }).waitFor();
  });
}

/** Signs the new contract's owner in with a password that was shown once. */
async function entersAs(browser: Browser, server: Target, password: string): Promise<void> {
  const other = await open(browser, server.url, 'en');
  await other.goto(server.url);
  await signIn(other, 'stan@example.org', password);
  await other.getByRole('heading', { name: words('en', 'shell.objectStorage'), level: 1 }).waitFor();
  await other.context().close();
}
