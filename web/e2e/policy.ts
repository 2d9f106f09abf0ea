import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Step } from './runner.ts';
import { type Locale, look, type Target, words } from './world.ts';

const w = (key: Parameters<typeof words>[1], values?: Record<string, string | number>) => words('en', key, values);

/** A bucket's policy: as text and as statements, what saving it would do, and what it then does. */
export async function policyStory(step: Step, page: Page, server: Target, bucket: string): Promise<void> {
  const policy = page.getByRole('region', { name: w('policy.title'), exact: true });
  const dialog = page.getByRole('dialog');
  const list = policy.getByRole('list', { name: w('policy.list') });
  const text = policy.getByLabel(w('policy.text'));
  const save = policy.getByRole('button', { name: w('policy.save') });
  const add = policy.getByRole('button', { name: w('policy.add') });
  const apply = dialog.getByRole('button', { name: w('policy.apply'), exact: true });
  const tab = (key: 'builder' | 'json') => policy.getByRole('tab', { name: w(`policy.tab.${key}`) });
  const begin = (template: 'publicRead' | 'read' | 'encrypted') =>
    policy.getByLabel(w('policy.start')).selectOption(template);
  const address = `${server.url}/storage/object-storage/${bucket}`;
  let file = '';

  /** What somebody without a name is answered who reads the file. */
  const anonymous = async () => (await fetch(file)).status;
  async function expectAnonymous(status: number): Promise<void> {
    const got = await anonymous();
    if (got !== status) throw new Error(`anonymous reading answers ${got}, not ${status}`);
  }
  async function saveAllTheSame(...warnings: string[]): Promise<void> {
    await save.click();
    for (const warning of warnings) await dialog.getByText(warning).waitFor();
    await look(page, 'policy-question');
    await dialog.getByRole('button', { name: w('policy.confirmSave') }).click();
    await dialog.waitFor({ state: 'detached' });
  }
  async function remove(): Promise<void> {
    await policy.getByRole('button', { name: w('policy.remove') }).click();
    await dialog.getByRole('button', { name: w('ui.delete'), exact: true }).click();
    await policy.getByText(w('policy.none'), { exact: true }).waitFor();
  }

  await step('a policy as text: what is no JSON is told here, what is no policy by the server', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coffer-e2e-'));
    writeFileSync(join(folder, 'open.txt'), 'for everybody\n');
    await page.goto(address);
    await page.getByLabel(w('objects.uploadFiles'), { exact: true }).setInputFiles(join(folder, 'open.txt'));
    await page.getByRole('grid').getByRole('link', { name: 'open.txt' }).waitFor();
    rmSync(folder, { recursive: true });
    file = await page.evaluate(
      async name => `${((await (await fetch('/console/session')).json()) as { s3: { url: string } }).s3.url}/${name}`,
      `${bucket}/open.txt`,
    );
    await page.goto(`${address}/settings?tab=access&policy=json`);
    await policy.getByText(w('policy.none'), { exact: true }).waitFor();
    await text.fill('{"Statement": [');
    await save.click();
    await policy.getByRole('alert').getByText(/JSON/).waitFor();
    await tab('builder').click();
    await policy.getByText(w('policy.unreadable')).waitFor();
    await look(page, 'policy-unreadable');
    await policy.getByRole('button', { name: w('policy.openJson') }).click();
    await text.fill(
      `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::${bucket}/*"},{"Effect":"Permit","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::${bucket}/*"}]}`,
    );
    await policy.getByRole('button', { name: w('policy.layOut') }).click();
    await policy
      .getByText(w('policy.inStatement', { n: 2, fault: w('policy.told.effect', { value: 'Permit' }) }))
      .waitFor();
    await save.click();
    await policy.getByText(w('policy.none'), { exact: true }).waitFor();
    await look(page, 'policy-refused');
    if (!page.url().includes('policy=json')) throw new Error(`the address does not say how it is shown: ${page.url()}`);
    await policy.getByRole('button', { name: w('policy.discard') }).click();
  });

  await step('a statement that is built opens the bucket, which is told before it is saved', async () => {
    await tab('builder').click();
    await policy.getByText(w('policy.empty')).waitFor();
    await look(page, 'policy-empty');
    await expectAnonymous(403);
    await begin('publicRead');
    await add.click();
    await look(page, 'policy-statement');
    await apply.click();
    await list.getByText(w('policy.opensBadge')).waitFor();
    await policy.getByText('read files in the whole bucket', { exact: true }).waitFor();
    await look(page, 'policy-draft');
    await page.getByRole('tab', { name: w('set.tab.tags'), exact: true }).click();
    await dialog.getByText(w('set.unsavedText')).waitFor();
    await look(page, 'settings-unsaved');
    await dialog.getByRole('button', { name: w('ui.cancel') }).click();
    await tab('json').click();
    await tab('builder').click();
    await list.getByText(w('policy.opensBadge')).waitFor();
    await saveAllTheSame(w('policy.opens'));
    await policy.getByText(w('policy.public'), { exact: true }).waitFor();
    await expectAnonymous(200);
    await look(page, 'settings-policy');
  });

  await step('by keyboard alone: somebody may list and read, and what is missing is said', async () => {
    await begin('read');
    await add.focus();
    await page.keyboard.press('Enter');
    await dialog.waitFor();
    await apply.focus();
    await page.keyboard.press('Enter');
    await dialog.getByRole('alert').getByText(w('policy.fault.noWho')).waitFor();
    await look(page, 'policy-statement-fault');
    await dialog.getByLabel(w('policy.byId')).focus();
    await page.keyboard.type('12345678');
    await page.keyboard.press('Enter');
    await dialog
      .getByRole('list', { name: w('policy.chosen') })
      .getByText(w('policy.contract', { number: '12345678' }))
      .waitFor();
    await dialog.getByRole('radio', { name: w('policy.places') }).focus();
    await page.keyboard.press('Space');
    await dialog.getByLabel(w('policy.place', { n: 1 }), { exact: true }).focus();
    await page.keyboard.type('shared/');
    await dialog.getByRole('button', { name: w('policy.conditionAdd') }).focus();
    await page.keyboard.press('Enter');
    await apply.focus();
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await list
      .getByRole('listitem')
      .nth(1)
      .getByText(/shared\/.*HTTPS/)
      .waitFor();
    // Nobody has this number; only the server knows.
    await list
      .getByRole('listitem')
      .nth(1)
      .getByText(w('policy.told.principal', { value: '12345678' }))
      .waitFor();
    await save.click();
    await policy.getByText(w('policy.refusedAbove')).waitFor();
    await look(page, 'policy-fault');
    await expectAnonymous(200);
    await page.getByRole('button', { name: `${w('policy.delete')}: ${w('policy.statement', { n: 2 })}` }).focus();
    await page.keyboard.press('Enter');
    await list.getByRole('listitem').nth(1).waitFor({ state: 'detached' });
  });

  await step('what would keep oneself out is told, and its author can take it back', async () => {
    await begin('encrypted');
    await add.click();
    await apply.click();
    await saveAllTheSame(w('policy.takesFromYou'), w('policy.mayMend'));
    await policy
      .getByText(w('policy.saved'))
      .or(page.getByText(w('policy.saved')))
      .first()
      .waitFor();
    await expectAnonymous(403);
    await page.reload();
    await list.getByRole('listitem').nth(1).waitFor();
    await look(page, 'settings-access');
    await page.getByRole('button', { name: `${w('policy.delete')}: ${w('policy.statement', { n: 2 })}` }).click();
    await saveAllTheSame(w('policy.opens'));
    await policy.getByText(w('policy.unsaved')).waitFor({ state: 'detached' });
    await expectAnonymous(200);
  });

  await step('on a phone, in German, statements are read and edited', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await inLanguage('de');
    const german = page.getByRole('region', { name: words('de', 'policy.title'), exact: true });
    await german.getByText(words('de', 'policy.public'), { exact: true }).waitFor();
    await look(page, 'phone-de-policy');
    await german
      .getByRole('button', { name: `${words('de', 'policy.edit')}: ${words('de', 'policy.statement', { n: 1 })}` })
      .click();
    await dialog.getByRole('button', { name: words('de', 'policy.single') }).click();
    await look(page, 'phone-de-policy-statement');
    await page.keyboard.press('Escape');
    await inLanguage('en');
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  /** Chooses a language and comes back to the policy. */
  async function inLanguage(locale: Locale): Promise<void> {
    await page.evaluate(locale => localStorage.setItem('coffer-language', locale), locale);
    await page.goto(`${address}/settings?tab=access`);
  }

  await step('blocking public access outweighs the policy', async () => {
    const block = page.getByRole('region', { name: w('set.public'), exact: true });
    await block.getByRole('checkbox', { name: w('set.publicAll') }).check();
    await block.getByRole('button', { name: w('ui.save') }).click();
    await page.getByText(w('set.publicSaved')).waitFor();
    await expectAnonymous(403);
    await page.getByRole('button', { name: `${w('policy.duplicate')}: ${w('policy.statement', { n: 1 })}` }).click();
    await policy.getByText(w('policy.blockedSave')).waitFor();
    await save.click();
    await look(page, 'policy-blocked');
    await page.reload();
    await list.getByRole('listitem').waitFor();
    await remove();
  });
}
