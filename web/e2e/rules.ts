import { request } from 'node:http';
import type { Page } from 'playwright-core';
import { makeBucket } from './history.ts';
import type { Step } from './runner.ts';
import { look, type Target, words } from './world.ts';

/** Asks a site for a page, wherever its name leads, and returns where it redirects to. */
function locationOf(site: URL, path: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: site.port, path, headers: { Host: site.host } }, answer => {
      answer.resume();
      resolve(answer.headers.location);
    })
      .on('error', reject)
      .end();
  });
}

const w = (key: Parameters<typeof words>[1], values?: Record<string, string | number>) => words('en', key, values);

/** What happens to objects later: lifecycle, encryption, ownership, website, logs. Each is read again after a reload. */
export async function rulesStory(step: Step, page: Page, server: Target, bucket: string): Promise<void> {
  const section = (key: Parameters<typeof words>[1]) => page.getByRole('region', { name: w(key), exact: true });
  const save = (key: Parameters<typeof words>[1]) =>
    section(key)
      .getByRole('button', { name: w('ui.save') })
      .first();
  const tab = (key: Parameters<typeof words>[1]) => page.getByRole('tab', { name: w(key), exact: true }).click();

  await step('a second bucket is there for logs', () => makeBucket(page, server, 'team-logs', 'versions'));

  await step('a lifecycle rule is told in plain words and kept by the server', async () => {
    await page.goto(`${server.url}/storage/object-storage/${bucket}/settings?tab=lifecycle`);
    await page.getByText(w('rule.none'), { exact: true }).waitFor();
    await page.getByRole('button', { name: w('rule.add') }).click();
    await save('rule.lifecycle').click();
    await page.getByText(w('rule.fault.nothing')).waitFor();
    await page.getByLabel(w('rule.id')).fill('old-drafts');
    await page.getByLabel(w('rule.prefix')).fill('drafts/');
    await page.getByLabel(w('rule.expireDays')).fill('30');
    await page.getByLabel(w('rule.noncurrentDays')).fill('7');
    await page.getByLabel(w('rule.keepNewest')).fill('2');
    await page.getByLabel(w('rule.abortDays')).fill('3');
    await save('rule.lifecycle').click();
    await page.getByText(w('rule.lifecycleSaved')).waitFor();
    await page.reload();
    await page.getByText(w('rule.say.expire', { count: 30 }), { exact: false }).waitFor();
    await look(page, 'settings-lifecycle');
  });

  await step('what a rule would delete at once is told before it is saved', async () => {
    await page.evaluate(async bucket => {
      const session = (await (await fetch('/console/session')).json()) as { csrfToken: string };
      const answer = await fetch('/console/sign', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': session.csrfToken },
        body: JSON.stringify({ requests: [{ method: 'DELETE', bucket, key: 'never-there' }] }),
      });
      const { requests } = (await answer.json()) as { requests: { url: string; headers: Record<string, string> }[] };
      for (const one of requests) await fetch(one.url, { method: 'DELETE', headers: one.headers });
    }, bucket);
    await page.getByRole('button', { name: w('rule.add') }).click();
    const second = page.getByRole('group', { name: w('rule.number', { n: 2 }) });
    await second.getByRole('button', { name: w('rule.more') }).click();
    await second.getByLabel(w('rule.tags')).fill('state=draft');
    await second.getByLabel(w('rule.larger')).fill('1048576');
    await second.getByLabel(w('rule.expireOn')).fill('2099-01-31');
    await second.getByText(w('rule.fore.none')).waitFor();
    await look(page, 'settings-lifecycle-filter');
    await second.getByLabel(w('rule.tags')).fill('');
    await second.getByLabel(w('rule.larger')).fill('');
    await second.getByLabel(w('rule.expireOn')).fill('');
    await second.getByLabel(w('rule.markers')).check();
    await second.getByText(w('rule.fore.markers', { count: 1 }), { exact: false }).waitFor();
    await second.scrollIntoViewIfNeeded();
    await look(page, 'settings-lifecycle-forecast');
    await save('rule.lifecycle').click();
    const dialog = page.getByRole('dialog', { name: w('rule.fore.title') });
    await dialog.getByText(w('rule.fore.markers', { count: 1 }), { exact: false }).waitFor();
    await look(page, 'settings-lifecycle-question');
    await dialog.getByRole('button', { name: w('rule.fore.confirm') }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.reload();
    await page.getByText(w('rule.say.markers'), { exact: false }).waitFor();
  });

  await step('new objects are encrypted once the bucket says so', async () => {
    await tab('set.tab.encryption');
    await page.getByRole('radio', { name: w('rule.encryption.AES256') }).check();
    await save('rule.encryption').click();
    await page.getByText(w('rule.encryptionSaved')).waitFor();
    await page.reload();
    await page.getByRole('radio', { name: w('rule.encryption.AES256'), checked: true }).waitFor();
    await look(page, 'settings-encryption');
  });

  await step('lists cannot be set while ownership switches them off', async () => {
    await tab('set.tab.access');
    const list = section('rule.ownership');
    const set = list.getByRole('button', { name: w('rule.aclSet') });
    await page.getByRole('radio', { name: w('rule.own.BucketOwnerEnforced') }).check();
    await save('rule.ownership').click();
    await page.getByText(w('rule.ownershipSaved')).waitFor();
    await list.getByText(w('rule.aclOff')).waitFor({ state: 'attached' });
    await page.getByRole('radio', { name: w('rule.own.BucketOwnerPreferred') }).check();
    await save('rule.ownership').click();
    await list.getByText(w('rule.aclOff')).waitFor({ state: 'detached' });
    const add = list.getByRole('group', { name: w('rule.aclAdd') });
    const grant = async (who: 'logs' | 'everybody', right: 'WRITE' | 'READ') => {
      await add.getByLabel(w('rule.aclWho')).selectOption(who);
      await add.getByLabel(w('rule.aclRight')).selectOption(right);
      await add.getByRole('button', { name: w('rule.aclAddButton') }).click();
    };
    await grant('logs', 'WRITE');
    await grant('logs', 'READ');
    await set.click();
    await page.getByText(w('rule.aclSaved')).waitFor();
    await page.reload();
    await list.getByText(`${w('rule.aclLogs')}: ${w('rule.right.WRITE')}`).waitFor();
  });

  await step('a list that opens the bucket is asked about, and refused where public access is blocked', async () => {
    const list = section('rule.ownership');
    const add = list.getByRole('group', { name: w('rule.aclAdd') });
    await add.getByLabel(w('rule.aclId')).fill('nobody');
    await add.getByRole('button', { name: w('rule.aclAddButton') }).click();
    await add.getByText(w('rule.aclIdWrong')).waitFor();
    await add.getByLabel(w('rule.aclWho')).selectOption('everybody');
    await add.getByRole('button', { name: w('rule.aclAddButton') }).click();
    await list.getByRole('button', { name: w('rule.aclSet') }).scrollIntoViewIfNeeded();
    await look(page, 'settings-ownership');
    await list.getByRole('button', { name: w('rule.aclSet') }).click();
    await look(page, 'settings-acl-question');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: w('rule.aclSet') })
      .click();
    await list.getByRole('alert').waitFor();
    await list.getByRole('button', { name: w('rule.aclDiscard') }).click();
    await list.getByText(`${w('rule.aclEverybody')}: ${w('rule.right.READ')}`).waitFor({ state: 'detached' });
  });

  await step('a website has an address, and is told to be closed while nobody may read', async () => {
    await tab('set.tab.website');
    await page.getByRole('checkbox', { name: w('rule.websiteOn') }).check();
    await page.getByLabel(w('rule.error'), { exact: true }).fill('error.html');
    await save('rule.website').click();
    await page.getByText(w('rule.websiteSaved')).waitFor();
    await page.reload();
    await page.getByRole('checkbox', { name: w('rule.websiteOn'), checked: true }).waitFor();
    await section('rule.website')
      .getByRole('link', { name: `${bucket}.` })
      .waitFor();
    await section('rule.website').getByText(w('rule.siteClosed'), { exact: false }).waitFor();
    await section('rule.website')
      .getByRole('button', { name: w('rule.redirectAdd') })
      .click();
    await page.getByLabel(w('rule.redirectPrefix')).fill('old/');
    await page.getByLabel(w('rule.redirectKey'), { exact: true }).selectOption('prefix');
    await page.getByLabel(w('rule.redirectTo.prefix')).fill('new/');
    await save('rule.website').click();
    await page.getByRole('group', { name: w('rule.redirectNumber', { n: 1 }) }).waitFor();
    await page.reload();
    await page.getByText('/new/…', { exact: false }).waitFor();
    await look(page, 'settings-website');
    const site = new URL(
      (await section('rule.website')
        .getByRole('link', { name: `${bucket}.` })
        .getAttribute('href')) ?? '',
    );
    const location = await locationOf(site, '/old/page.html');
    if (location !== `${site.origin}/new/page.html`) throw new Error(`the site leads to ${location}`);
    await section('rule.website')
      .getByRole('link', { name: w('rule.siteOpen') })
      .click();
    await section('policy.title').waitFor();
  });

  await step('an access log is set, and its target made to take it', async () => {
    await page.goto(`${server.url}/storage/object-storage/${bucket}/settings?tab=logging`);
    await page.getByLabel(w('rule.target')).selectOption('team-logs');
    await page.getByLabel(w('rule.targetPrefix')).fill('logs/');
    await page.getByText(w('rule.logsShut', { bucket: 'team-logs' })).waitFor();
    await look(page, 'settings-logging');
    await page.getByRole('button', { name: w('rule.logsLet') }).click();
    await page.getByText(w('rule.logsShut', { bucket: 'team-logs' })).waitFor({ state: 'detached' });
    await save('rule.logging').click();
    await page.getByText(w('rule.loggingSaved')).waitFor();
    await page.goto(`${server.url}/storage/object-storage/team-logs/settings?tab=access`);
    await section('policy.title').getByText('logging.s3.amazonaws.com', { exact: false }).waitFor();
  });
}
