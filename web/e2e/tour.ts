import type { Browser } from 'playwright-core';
import type { Step } from './runner.ts';
import { look, open, type Target, words } from './world.ts';

const w = (key: Parameters<typeof words>[1], values?: Record<string, string | number>) => words('de', key, values);

/** The same pages again in German: on a phone, and in a window of half the width, which is what 200 % zoom leaves. */
export async function tour(step: Step, browser: Browser, server: Target): Promise<void> {
  const windows = [
    { name: 'phone', options: { viewport: { width: 390, height: 844 }, hasTouch: true } },
    { name: 'zoom', options: { viewport: { width: 640, height: 450 } } },
    { name: 'wide', options: { viewport: { width: 1440, height: 900 } } },
  ];
  for (const { name, options } of windows) {
    const page = await open(browser, server.url, 'de', options);
    await step(`in German, ${name}: sign in`, async () => {
      await page.goto(server.url);
      await page.getByRole('heading', { name: w('session.signIn') }).waitFor();
      await look(page, `de-${name}-sign-in`);
      await page.getByLabel(w('session.email')).fill(server.email);
      await page.getByLabel(w('session.password'), { exact: true }).fill(server.password);
      await page.getByRole('button', { name: w('session.signInButton') }).click();
      await page.getByRole('heading', { name: w('shell.objectStorage'), level: 1 }).waitFor();
      await page.getByRole('region', { name: w('buckets.title') }).waitFor();
      await look(page, `de-${name}-home`);
    });
    await step(`in German, ${name}: keys, menu, people`, async () => {
      await page.goto(`${server.url}/storage/object-storage?tab=keys`);
      await page
        .getByRole('region', { name: w('keys.endpoints') })
        .getByRole('table')
        .waitFor();
      await look(page, `de-${name}-keys`);
      const menu = page.getByRole('button', { name: w('shell.menu'), exact: true });
      if ((await menu.getAttribute('aria-expanded')) === 'false') await menu.click();
      await page.getByRole('link', { name: w('shell.usersGroups') }).waitFor();
      await look(page, `de-${name}-menu`);
      await page.getByRole('link', { name: w('shell.usersGroups') }).click();
      await page.getByRole('heading', { name: w('people.title') }).waitFor();
      await page.getByRole('table').waitFor();
      await look(page, `de-${name}-users`);
      await page.getByRole('button', { name: /^Konto/ }).click();
      await page.getByRole('button', { name: w('session.signOut') }).waitFor();
      await look(page, `de-${name}-account`);
    });
    await page.context().close();
  }
}
