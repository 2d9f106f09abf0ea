/**
 * Follows protection, access and history of objects in a real browser against a real server, which COFFER_CONTROL_URL,
 * COFFER_OWNER_EMAIL and COFFER_OWNER_PASSWORD name; the mock keeps no versions and judges no policies.
 */
import { factorStory } from './factor.ts';
import { historyStory } from './history.ts';
import { manageStory } from './manage.ts';
import { play } from './runner.ts';
import { settingsStory } from './settings.ts';
import { words } from './world.ts';

if (!process.env.COFFER_CONTROL_URL) throw new Error('COFFER_CONTROL_URL has to name a running server');

await play(async (step, page, browser, server) => {
  await step('sign in', async () => {
    await page.goto(server.url);
    await page.getByLabel(words('en', 'session.email')).fill(server.email);
    await page.getByLabel(words('en', 'session.password'), { exact: true }).fill(server.password);
    await page.getByRole('button', { name: words('en', 'session.signInButton') }).click();
    await page.getByRole('region', { name: words('en', 'buckets.title') }).waitFor();
  });
  await historyStory(step, page, server);
  await settingsStory(step, page, server);
  await manageStory(step, page, browser, server);
  await factorStory(step, page, browser, server);
});
