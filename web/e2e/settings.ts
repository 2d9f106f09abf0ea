import type { Page } from 'playwright-core';
import { makeBucket } from './history.ts';
import { policyStory } from './policy.ts';
import { rulesStory } from './rules.ts';
import type { Step } from './runner.ts';
import { look, type Target, words } from './world.ts';

const w = (key: Parameters<typeof words>[1], values?: Record<string, string | number>) => words('en', key, values);

/** The settings of a bucket, and that each has its effect on S3. */
export async function settingsStory(step: Step, page: Page, server: Target): Promise<void> {
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

  await step('on a phone the settings fit', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const tab of ['protection', 'access', 'lifecycle', 'cors']) {
      await page.goto(`${server.url}/storage/object-storage/${bucket}/settings?tab=${tab}`);
      await page
        .getByRole('button', { name: /Save|Turn|Suspend/ })
        .first()
        .waitFor();
      await look(page, `phone-settings-${tab}`);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });
}
