import type { Page } from 'playwright-core';
import type { Step } from './runner.ts';
import { look, type Target, words } from './world.ts';

const w = (key: Parameters<typeof words>[1], values?: Record<string, string | number>) => words('en', key, values);

export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel(w('session.email')).fill(email);
  await page.getByLabel(w('session.password'), { exact: true }).fill(password);
  await page.getByRole('button', { name: w('session.signInButton') }).click();
}

export async function signInStory(step: Step, page: Page, server: Target): Promise<void> {
  await step('a page asked for without a session leads to signing in', async () => {
    await page.goto(`${server.url}/storage/object-storage?tab=keys`);
    await page.getByRole('heading', { name: w('session.signIn') }).waitFor();
    await look(page, 'sign-in');
  });
  await step('wrong passwords are told apart from nothing, and leave no trace in the address', async () => {
    await page.getByRole('button', { name: w('session.signInButton') }).click();
    await page.getByText(w('session.emailMissing')).waitFor();
    await signIn(page, server.email, 'certainly wrong');
    await page.getByRole('alert').getByText(w('session.wrong')).waitFor();
    if (page.url().includes('wrong')) throw new Error('the password is in the address');
    await look(page, 'sign-in-wrong');
  });
  await step('after signing in the page asked for appears', async () => {
    await signIn(page, server.email, server.password);
    await page.getByRole('tab', { name: w('keys.tab'), selected: true }).waitFor();
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    if (kept.includes(server.password)) throw new Error('the password is in the browser’s storage');
  });
  await step('an empty home is a checklist', async () => {
    await page.getByRole('tab', { name: w('buckets.tab') }).click();
    await page.getByRole('heading', { name: w('first.title') }).waitFor();
    await look(page, 'home-empty');
  });
}
