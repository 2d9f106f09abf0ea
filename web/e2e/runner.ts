/** Runs stories step by step, each in a page of its own, and says what came of each step. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { hearing, launch, open, out, problems, type Target, target } from './world.ts';

export type Step = (name: string, work: () => Promise<void>) => Promise<void>;
export type Story = (step: Step, page: Page, browser: Browser, server: Target) => Promise<void>;

/** Steps of a story failed in a row after which its rest says nothing new. */
const giveUp = 4;

/** Plays stories beside one another, which must not touch what another needs; ends the process with 1 when a step failed. */
export async function play(...stories: Story[]): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  const server = await target();
  const browser = await launch();
  let passed = 0;
  let failed = 0;

  async function one(story: Story): Promise<void> {
    const page = await open(browser, server.url, 'en');
    let inARow = 0;
    await story(
      async (name, work) => {
        if (inARow >= giveUp) {
          failed++;
          console.log(`FAIL  ${name}: not tried`);
          return;
        }
        const start = Date.now();
        try {
          const complaints = await hearing(work);
          inARow = 0;
          if (complaints.length > 0) throw new Error(complaints.join('\n      '));
          passed++;
          console.log(`ok    ${name} (${Date.now() - start} ms)`);
        } catch (error) {
          failed++;
          inARow++;
          console.log(`FAIL  ${name}\n      ${error instanceof Error ? error.message : error}`);
          await page.screenshot({ path: join(out, `failed-${failed}.png`) }).catch(() => undefined);
          await page.keyboard.press('Escape').catch(() => undefined);
        }
      },
      page,
      browser,
      server,
    );
  }

  try {
    await Promise.all(stories.map(one));
    if (problems.length > 0) {
      failed++;
      console.log(
        `FAIL  pages broke their policy or left errors uncaught\n      ${[...new Set(problems)].join('\n      ')}`,
      );
    }
  } finally {
    await browser.close();
    await server.close();
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
}
