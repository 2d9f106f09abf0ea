import { randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { settingsTabs } from '../src/routes/paths.ts';
import { makeBucket } from './history.ts';
import { policyStory } from './policy.ts';
import { rulesStory } from './rules.ts';
import type { Step } from './runner.ts';
import { look, open, type Target, words } from './world.ts';

const w = (key: Parameters<typeof words>[1], values?: Record<string, string | number>) => words('en', key, values);

/** The settings of a bucket, and that each has its effect on S3. */
export async function settingsStory(step: Step, page: Page, browser: Browser, server: Target): Promise<void> {
  const bucket = 'invoices';
  const section = (key: Parameters<typeof words>[1]) => page.getByRole('region', { name: w(key), exact: true });
  const save = (key: Parameters<typeof words>[1]) => section(key).getByRole('button', { name: w('ui.save') });
  let s3 = '';

  await step('the settings open from the bucket, protection first', async () => {
    await makeBucket(page, server, bucket, 'versions');
    s3 = await page.evaluate(
      async () => ((await (await fetch('/console/session')).json()) as { s3: { url: string } }).s3.url,
    );
    await page.getByRole('link', { name: w('set.open'), exact: true }).click();
    await section('set.versioning').getByText(w('set.versioning.on'), { exact: true }).waitFor();
    await section('set.lock').getByText(w('set.lockOff')).waitFor();
    await look(page, 'settings-protection');
  });

  await step('versioning is suspended after a question, and turned on again', async () => {
    await section('set.versioning')
      .getByRole('button', { name: w('set.versioningSuspend') })
      .click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: w('set.versioningSuspendConfirm'), exact: true })
      .click();
    await section('set.versioning').getByText(w('set.versioning.suspended'), { exact: true }).waitFor();
    await section('set.versioning')
      .getByRole('button', { name: w('set.versioningTurnOn') })
      .click();
    await section('set.versioning').getByText(w('set.versioning.on'), { exact: true }).waitFor();
  });

  await policyStory(step, page, server, bucket);

  await step('a CORS rule lets a page of another origin in', async () => {
    await page.getByRole('tab', { name: w('set.tab.cors') }).click();
    await section('set.cors').getByText(w('set.corsNone')).waitFor();
    await section('set.cors')
      .getByRole('button', { name: w('set.corsAdd') })
      .click();
    await section('set.cors').getByLabel(w('set.corsOrigins')).fill('https://www.example.org');
    await save('set.cors').click();
    await page.getByText(w('set.corsSaved')).waitFor();
    await look(page, 'settings-cors');
    const answer = await fetch(`${s3}/${bucket}/k`, {
      method: 'OPTIONS',
      headers: { Origin: 'https://www.example.org', 'Access-Control-Request-Method': 'GET' },
    });
    const allowed = answer.headers.get('access-control-allow-origin');
    if (allowed !== 'https://www.example.org') throw new Error(`the preflight allows ${allowed}`);
  });

  await step('tags of the bucket are kept', async () => {
    await page.getByRole('tab', { name: w('set.tab.tags') }).click();
    await section('set.tags')
      .getByRole('button', { name: w('set.tagAdd') })
      .click();
    await section('set.tags').getByLabel(w('set.tagName')).fill('cost centre');
    await section('set.tags').getByLabel(w('set.tagValue')).fill('4711');
    await save('set.tags').click();
    await page.getByText(w('set.tagsSaved')).waitFor();
    await page.reload();
    await section('set.tags').getByLabel(w('set.tagName')).waitFor();
    await look(page, 'settings-tags');
  });

  await step('Ctrl+K leads anywhere by a few letters', async () => {
    await page.keyboard.press('Control+k');
    const field = page.getByRole('combobox', { name: w('palette.field') });
    await field.fill(`settings ${bucket.slice(-8)}`);
    await page.getByRole('option', { name: bucket }).first().waitFor();
    await look(page, 'palette');
    await field.fill('key');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: w('keys.tab'), selected: true }).waitFor();
  });

  await rulesStory(step, page, server, bucket);

  await step('what the bucket holds is plotted by day, and kept in the address', async () => {
    await page.goto(`${server.url}/storage/object-storage/${bucket}/settings`);
    await page.getByRole('tab', { name: w('set.tab.usage') }).click();
    await section('usage.bucket')
      .getByRole('img', { name: w('usage.show.bytes') })
      .waitFor();
    await look(page, 'settings-usage');
    await section('usage.bucket').getByLabel(w('usage.show'), { exact: true }).selectOption('versions');
    await section('usage.bucket')
      .getByRole('img', { name: w('usage.show.versions') })
      .waitFor();
    await section('usage.bucket')
      .getByRole('button', { name: w('usage.table') })
      .click();
    await section('usage.bucket')
      .getByRole('columnheader', { name: w('usage.show.versions') })
      .waitFor();
    await page.reload();
    await section('usage.bucket')
      .getByRole('img', { name: w('usage.show.versions') })
      .waitFor();
  });

  await step('a quota is set, and what is held stands beside it', async () => {
    await page.getByRole('tab', { name: w('set.tab.quota') }).click();
    await section('quota.title').getByLabel(w('quota.maxObjects')).fill('100000');
    await section('quota.title').getByLabel(w('quota.maxBytes'), { exact: true }).fill('50');
    await section('quota.title')
      .getByRole('button', { name: w('ui.save') })
      .click();
    await page.getByText(w('quota.saved')).waitFor();
    await look(page, 'settings-quota');
  });

  await step('on a phone, in German, every setting fits', async () => {
    const phone = await open(browser, server.url, 'de', { viewport: { width: 390, height: 844 } });
    await phone.context().addCookies(await page.context().cookies());
    for (const tab of settingsTabs) {
      await phone.goto(`${server.url}/storage/object-storage/${bucket}/settings?tab=${tab}`);
      const name = words('de', `set.tab.${tab}`);
      await phone.getByRole('tab', { name, selected: true, exact: true }).waitFor();
      await phone.locator('section').first().waitFor();
      await phone.waitForFunction(
        name => !document.querySelector(`[role=status][aria-label="${name}"]`),
        words('de', 'ui.loading'),
      );
      await look(phone, `phone-de-settings-${tab}`);
    }
    await phone.context().close();
  });

  await step('who may not see the settings is told so, which is no failure', async () => {
    const email = `nina-${randomBytes(4).toString('hex')}@example.org`;
    const password = 'a long enough password 3!C';
    await page.evaluate(
      async all => {
        const session = (await (await fetch('/console/session')).json()) as { csrfToken: string };
        const send = async (path: string, body: unknown) =>
          (await (
            await fetch(path, {
              method: 'POST',
              headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': session.csrfToken },
              body: JSON.stringify(body),
            })
          ).json()) as { id: string };
        const user = await send('/cloudapi/v6/um/users', { properties: all });
        const group = await send('/cloudapi/v6/um/groups', {
          properties: { name: `readers-${all.email}`, s3Privilege: true },
        });
        await send(`/cloudapi/v6/um/groups/${group.id}/users`, { id: user.id });
      },
      { firstname: 'Nina', lastname: 'Noright', email, password, administrator: false, forceSecAuth: false },
    );
    const other = await open(browser, server.url, 'en');
    await other.goto(`${server.url}/storage/object-storage/${bucket}/settings`);
    await other.getByLabel(w('session.email')).fill(email);
    await other.getByLabel(w('session.password'), { exact: true }).fill(password);
    await other.getByRole('button', { name: w('session.signInButton') }).click();
    await other.getByText(w('failure.denied')).first().waitFor();
    for (const tab of settingsTabs) {
      await other.goto(`${server.url}/storage/object-storage/${bucket}/settings?tab=${tab}`);
      await other.getByText(w('failure.denied')).first().waitFor();
    }
    await other.goto(`${server.url}/storage/object-storage/${bucket}/settings?tab=lifecycle`);
    await other.getByText(w('set.denied')).waitFor();
    await look(other, 'settings-denied');
    await other.route(/[?&]lifecycle/, route => route.abort());
    await other.reload();
    await other.getByText(w('failure.offline')).first().waitFor();
    await look(other, 'settings-failed');
    await other.context().close();
  });
}
