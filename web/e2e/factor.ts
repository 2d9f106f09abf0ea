import { createHmac, randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import type { Step } from './runner.ts';
import { look, open, type Target, words } from './world.ts';

const w = (key: Parameters<typeof words>[1], values?: Record<string, string | number>) => words('en', key, values);

/** Returns the code of a secret for a time, as an authenticator app does (RFC 6238, six digits, 30 seconds). */
function codeAt(secret: string, milliseconds: number): string {
  const bits = [...secret.replaceAll(/[\s=]/g, '')]
    .map(char => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char.toUpperCase()).toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map(byte => Number.parseInt(byte, 2)));
  const turn = Buffer.alloc(8);
  turn.writeBigUInt64BE(BigInt(Math.floor(milliseconds / 30_000)));
  const sum = createHmac('sha1', key).update(turn).digest();
  const at = (sum[19] ?? 0) & 15;
  return String((sum.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** Makes a user as the signed-in owner; returns the status of the answer. */
function make(page: Page, properties: Record<string, string | boolean>): Promise<number> {
  return page.evaluate(
    async all => {
      const session = (await (await fetch('/console/session')).json()) as { csrfToken: string };
      const answer = await fetch('/cloudapi/v6/um/users', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': session.csrfToken },
        body: JSON.stringify({ properties: all }),
      });
      return answer.status;
    },
    { administrator: false, forceSecAuth: false, ...properties },
  );
}

/** A second factor is set up, asked for, and switched off, by a user made for it. */
export async function factorStory(step: Step, page: Page, browser: Browser, server: Target): Promise<void> {
  const email = `factor-${randomBytes(4).toString('hex')}@example.org`;
  const password = 'a password of enough length';
  let recovery: string[] = [];
  let own: Page | null = null;

  async function signIn(on: Page): Promise<void> {
    await on.goto(server.url);
    await on.getByLabel(w('session.email')).fill(email);
    await on.getByLabel(w('session.password'), { exact: true }).fill(password);
    await on.getByRole('button', { name: w('session.signInButton') }).click();
  }

  await step('a temporary password has to be changed before anything else', async () => {
    const temporary = `temporary-${randomBytes(4).toString('hex')}@example.org`;
    const made = await make(page, {
      firstname: 'Tom',
      lastname: 'Temp',
      email: temporary,
      password,
      temporaryPassword: true,
    });
    if (made >= 300) throw new Error(`making the user answers ${made}`);
    const theirs = await open(browser, server.url, 'en');
    await theirs.goto(server.url);
    await theirs.getByLabel(w('session.email')).fill(temporary);
    await theirs.getByLabel(w('session.password'), { exact: true }).fill(password);
    await theirs.getByRole('button', { name: w('session.signInButton') }).click();
    await theirs.getByText(w('session.passwordMust')).waitFor();
    await look(theirs, 'password-required');
    await theirs.getByLabel(w('session.oldPassword'), { exact: true }).fill(password);
    await theirs.getByLabel(w('session.newPassword'), { exact: true }).fill('another good password');
    await theirs.getByLabel(w('session.newPasswordAgain'), { exact: true }).fill('another good password');
    await theirs.getByRole('button', { name: w('session.changePassword') }).click();
    await theirs.getByRole('heading', { name: w('shell.objectStorage'), level: 1 }).waitFor();
    await theirs.context().close();
  });

  await step('an invitation leads to a password of one’s own, once', async () => {
    const invited = `invited-${randomBytes(4).toString('hex')}@example.org`;
    await make(page, { firstname: 'Ina', lastname: 'Vited', email: invited, password });
    const link = await page.evaluate(async email => {
      const session = (await (await fetch('/console/session')).json()) as { csrfToken: string };
      const users = (await (await fetch('/cloudapi/v6/um/users?depth=1')).json()) as {
        items: { id: string; properties: { email: string } }[];
      };
      const id = users.items.find(user => user.properties.email === email)?.id;
      const headers = { 'X-CSRF-Token': session.csrfToken };
      const answer = await fetch(`/console/users/${id}/invitation`, { method: 'POST', headers });
      return ((await answer.json()) as { link: string }).link;
    }, invited);
    for (const outcome of ['set', 'over']) {
      const theirs = await open(browser, server.url, 'en');
      await theirs.goto(link);
      await theirs.getByRole('heading', { name: w('session.invited') }).waitFor();
      if (outcome === 'set') await look(theirs, 'invitation');
      await theirs.getByLabel(w('session.newPassword'), { exact: true }).fill('chosen by myself');
      await theirs.getByLabel(w('session.newPasswordAgain'), { exact: true }).fill('chosen by myself');
      await theirs.getByRole('button', { name: w('session.invitedSet') }).click();
      if (outcome === 'set') await theirs.getByRole('heading', { name: w('session.signIn') }).waitFor();
      else await theirs.getByRole('alert').waitFor();
      await theirs.context().close();
    }
  });

  await step('a user is made who must have a second factor, and is led to set it up', async () => {
    const made = await make(page, { firstname: 'Fay', lastname: 'Factor', email, password, forceSecAuth: true });
    if (made >= 300) throw new Error(`making the user answers ${made}`);
    own = await open(browser, server.url, 'en');
    await signIn(own);
    await own.getByText(w('session.factorMust')).waitFor();
    await own.getByRole('img', { name: w('session.factorQr') }).waitFor();
    await look(own, 'factor-required');
  });

  await step('a code of the app turns it on, and recovery codes are shown once', async () => {
    if (!own) throw new Error('there is no page');
    const secret = (await own.locator('dd').first().innerText()).trim();
    await own.getByRole('textbox', { name: w('session.code') }).fill(codeAt(secret, Date.now()));
    await own.getByRole('button', { name: w('session.factorConfirm') }).click();
    await own.getByText(w('session.factorOn')).waitFor();
    await look(own, 'factor-codes');
    recovery = (await own.locator('pre').innerText()).trim().split(/\s+/);
    await own.getByRole('button', { name: w('session.recoveryKept') }).click();
    await own.getByRole('heading', { name: w('shell.objectStorage'), level: 1 }).waitFor();
  });

  await step('signing in asks for a code, refuses a wrong one, and takes a recovery code', async () => {
    await own?.context().close();
    own = await open(browser, server.url, 'en');
    await signIn(own);
    await own.getByRole('textbox', { name: w('session.code') }).fill('000000');
    await own.getByRole('button', { name: w('session.signInButton') }).click();
    await own.getByText(w('session.codeWrong')).waitFor();
    await look(own, 'sign-in-code');
    await own.getByRole('textbox', { name: w('session.code') }).fill(recovery[0] ?? '');
    await own.getByRole('button', { name: w('session.signInButton') }).click();
    await own.getByRole('heading', { name: w('shell.objectStorage'), level: 1 }).waitFor();
    await own.context().close();
  });
}
