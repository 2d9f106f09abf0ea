/** Runs stories step by step in one page and says what came of each. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { complaints, launch, open, out, problems, type Target, target } from './world.ts';

export type Step = (name: string, work: () => Promise<void>) => Promise<void>;

/** Steps failed in a row after which the rest says nothing new. */
const giveUp = 4;

/** Plays what it is given; ends the process with 1 when a step failed. */
export async function play(
  stories: (step: Step, page: Page, browser: Browser, server: Target) => Promise<void>,
): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  const server = await target();
  const browser = await launch();
  let passed = 0;
  let failed = 0;
  let inARow = 0;
  const page = await open(browser, server.url, 'en');

  const step: Step = async (name, work) => {
    if (inARow >= giveUp) {
      failed++;
      console.log(`FAIL  ${name}: not tried`);
      return;
    }
    const start = Date.now();
    try {
      await work();
      inARow = 0;
      const seen = complaints.splice(0);
      if (seen.length > 0) throw new Error(seen.join('\n      '));
      passed++;
      console.log(`ok    ${name} (${Date.now() - start} ms)`);
    } catch (error) {
      failed++;
      inARow++;
      console.log(`FAIL  ${name}\n      ${error instanceof Error ? error.message : error}`);
      complaints.length = 0;
      await page.screenshot({ path: join(out, `failed-${failed}.png`) }).catch(() => undefined);
      await page.keyboard.press('Escape').catch(() => undefined);
    }
  };

  try {
    await stories(step, page, browser, server);
    await step('nothing broke the policy of the page, and no error was left uncaught', async () => {
      if (problems.length > 0) throw new Error([...new Set(problems)].join('\n      '));
    });
  } finally {
    await browser.close();
    await server.close();
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
}
