import { randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import type { Step } from './runner.ts';
import { type Locale, look, open, type Target, words } from './world.ts';

const w = (key: Parameters<typeof words>[1], values?: Record<string, string | number>) => words('en', key, values);

const phone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** A user signs in at several places, sees them, and ends them; an administrator does the same for the user. */
export async function sessionStory(step: Step, page: Page, browser: Browser, server: Target): Promise<void> {
  const email = `sid-${randomBytes(4).toString('hex')}@example.org`;
  const password = 'a long enough password 2!B';
  const pages: Page[] = [];
  let userId = '';

  /** Signs the user in with a browser that calls itself so. */
  async function at(userAgent: string, locale: Locale = 'en', viewport = { width: 1280, height: 900 }): Promise<Page> {
    const own = await open(browser, server.url, locale, { userAgent, viewport });
    pages.push(own);
    await own.goto(server.url);
    await own.getByLabel(words(locale, 'session.email')).fill(email);
    await own.getByLabel(words(locale, 'session.password'), { exact: true }).fill(password);
    await own.getByRole('button', { name: words(locale, 'session.signInButton') }).click();
    await own.getByRole('heading', { name: words(locale, 'shell.objectStorage'), level: 1 }).waitFor();
    return own;
  }

  async function signedOut(own: Page | undefined): Promise<void> {
    await own?.reload();
    await own?.getByRole('heading', { name: w('session.signIn') }).waitFor();
  }

  await step('a user who signed in twice sees both sessions, with the present one marked', async () => {
    userId = await page.evaluate(
      async all => {
        const session = (await (await fetch('/console/session')).json()) as { csrfToken: string };
        const answer = await fetch('/cloudapi/v6/um/users', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': session.csrfToken },
          body: JSON.stringify({ properties: all }),
        });
        return ((await answer.json()) as { id: string }).id;
      },
      { firstname: 'Sid', lastname: 'Session', email, password, administrator: false, forceSecAuth: false },
    );
    await at(phone);
    const own = await at(firefox);
    await own.getByRole('button', { name: `${w('shell.account')} Sid Session` }).click();
    await look(own, 'account-menu');
    await own.getByRole('link', { name: w('sessions.title') }).click();
    await own.getByRole('heading', { name: w('sessions.title') }).waitFor();
    const present = own.getByRole('listitem').filter({ hasText: w('sessions.current') });
    await present.getByText(w('sessions.on', { browser: 'Firefox', system: 'Windows' })).waitFor();
    if ((await present.getByRole('button').count()) > 0)
      throw new Error('the present session can be ended from the list');
    await look(own, 'sessions');
  });

  await step('ending the other session signs that browser out and leaves this one', async () => {
    const [other, own] = pages;
    const device = w('sessions.on', { browser: 'Safari', system: 'iPhone' });
    await own?.getByRole('button', { name: w('sessions.endOf', { device }) }).click();
    if (own) await look(own, 'session-end');
    await own
      ?.getByRole('dialog')
      .getByRole('button', { name: w('sessions.end'), exact: true })
      .click();
    await own?.locator('li').filter({ hasText: device }).waitFor({ state: 'detached' });
    await own?.getByText(w('sessions.noOther')).waitFor({ state: 'attached' });
    await signedOut(other);
    await own?.reload();
    await own?.getByRole('heading', { name: w('sessions.title') }).waitFor();
  });

  await step('all others end at once; on a phone, in German, the list fits', async () => {
    const small = await at(phone, 'de', { width: 390, height: 844 });
    await small.goto(`${server.url}/account/sessions`);
    await small.getByText(words('de', 'sessions.current')).waitFor();
    await look(small, 'phone-de-sessions');
    await small.getByRole('button', { name: words('de', 'sessions.endOthers') }).click();
    await small
      .getByRole('dialog')
      .getByRole('button', { name: words('de', 'sessions.end'), exact: true })
      .click();
    await small.getByText(words('de', 'sessions.noOther')).waitFor({ state: 'attached' });
    await signedOut(pages[1]);
  });

  await step('an administrator sees the sessions of the user and ends them', async () => {
    await page.goto(`${server.url}/management/users-groups/users/${userId}?tab=sessions`);
    await page.getByText(w('sessions.on', { browser: 'Safari', system: 'iPhone' })).waitFor();
    await look(page, 'user-sessions');
    await page.getByRole('button', { name: w('sessions.endAll') }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: w('sessions.end'), exact: true })
      .click();
    await page.getByText(w('sessions.none')).waitFor();
    await look(page, 'user-sessions-none');
    await pages[2]?.reload();
    await pages[2]?.getByRole('heading', { name: words('de', 'session.signIn') }).waitFor();
    for (const one of pages) await one.context().close();
  });
}
