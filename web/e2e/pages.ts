/**
 * Follows protection, access and history of objects in a real browser against a real server, which COFFER_CONTROL_URL,
 * COFFER_OWNER_EMAIL, COFFER_OWNER_PASSWORD and COFFER_OPERATOR_TOKEN name; the mock keeps no versions and judges no policies.
 */
import type { Page } from 'playwright-core';
import { factorStory } from './factor.ts';
import { historyStory } from './history.ts';
import { manageStory } from './manage.ts';
import { operatorStory } from './operator.ts';
import { play, type Step } from './runner.ts';
import { sessionStory } from './sessions.ts';
import { settingsStory } from './settings.ts';
import { type Target, words } from './world.ts';

if (!process.env.COFFER_CONTROL_URL) throw new Error('COFFER_CONTROL_URL has to name a running server');

async function enter(step: Step, page: Page, server: Target): Promise<void> {
  await step('sign in', async () => {
    await page.goto(server.url);
    await page.getByLabel(words('en', 'session.email')).fill(server.email);
    await page.getByLabel(words('en', 'session.password'), { exact: true }).fill(server.password);
    await page.getByRole('button', { name: words('en', 'session.signInButton') }).click();
    await page.getByRole('region', { name: words('en', 'buckets.title') }).waitFor();
  });
}

// What is stored on one side, people on the other: neither sees what the other does.
await play(
  async (step, page, browser, server) => {
    await enter(step, page, server);
    await historyStory(step, page, server);
    await settingsStory(step, page, browser, server);
  },
  async (step, page, browser, server) => {
    await enter(step, page, server);
    await manageStory(step, page, browser, server);
    await sessionStory(step, page, browser, server);
    await factorStory(step, page, browser, server);
  },
  operatorStory,
);
