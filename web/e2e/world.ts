/** What the browser tests share: the browser, the server, words in each language, and the checks every page has to pass. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { preview } from 'vite';
import { ownerEmail, ownerPassword } from '../mock/state.ts';
import { de as german } from '../src/i18n/de/index.ts';
import { policy as germanPolicy } from '../src/i18n/de/policy.ts';
import { en as english } from '../src/i18n/en/index.ts';
import { policy as englishPolicy } from '../src/i18n/en/policy.ts';
import { type Message, pick, split } from '../src/i18n/message.ts';

const web = join(dirname(fileURLToPath(import.meta.url)), '..');
/** Where pictures go. */
export const out = process.env.COFFER_PICTURES_OUT ?? join(web, 'e2e', 'out');

export interface Target {
  url: string;
  email: string;
  password: string;
  close: () => Promise<void>;
}

/** Returns the server under test: the one that the environment names, else what was built with the mock behind it. */
export async function target(): Promise<Target> {
  const { COFFER_CONTROL_URL: url, COFFER_OWNER_EMAIL: email, COFFER_OWNER_PASSWORD: password } = process.env;
  if (url) {
    if (!email || !password)
      throw new Error('COFFER_OWNER_EMAIL and COFFER_OWNER_PASSWORD are needed beside COFFER_CONTROL_URL');
    return { url, email, password, close: async () => {} };
  }
  const server = await preview({ root: web, preview: { port: 0, host: '127.0.0.1' }, logLevel: 'error' });
  const address = server.httpServer.address();
  if (!address || typeof address === 'string') throw new Error('the preview server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    email: ownerEmail,
    password: ownerPassword,
    close: () => server.close(),
  };
}

export async function launch(): Promise<Browser> {
  mkdirSync(out, { recursive: true });
  return chromium.launch({
    executablePath: process.env.COFFER_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--headless',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export type Locale = 'en' | 'de';

const en = { ...english, ...englishPolicy };
const de = { ...german, ...germanPolicy };

/** Returns the words of a message. */
export function words(locale: Locale, key: keyof typeof en, values: Record<string, string | number> = {}): string {
  const catalogue: Record<keyof typeof en, Message> = locale === 'de' ? de : en;
  const text = pick(catalogue[key], values.count, new Intl.PluralRules(locale));
  return split(text)
    .map((part, index) => (index % 2 === 0 ? part : String(values[part])))
    .join('');
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Problems that were seen on any page: violations of the page's policy, errors nobody caught. */
export const problems: string[] = [];

export async function open(
  browser: Browser,
  url: string,
  locale: Locale,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Page> {
  const context = await browser.newContext({
    locale: locale === 'de' ? 'de-DE' : 'en-GB',
    viewport: { width: 1280, height: 900 },
    acceptDownloads: true,
    // What slides in would only be waited for.
    reducedMotion: 'reduce',
    ...options,
  });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on('pageerror', error => problems.push(`error on ${page.url()}: ${error.message}`));
  page.on('console', message => {
    const text = message.text();
    if (message.type() === 'error' && /Content Security Policy|Refused to/i.test(text))
      problems.push(`policy on ${page.url()}: ${text}`);
  });
  return page;
}

const heard = new AsyncLocalStorage<string[]>();

/** Does what a step does and returns what its pages failed to keep; the step fails with it at its end, so that the story goes on. */
export async function hearing(work: () => Promise<void>): Promise<string[]> {
  const complaints: string[] = [];
  await heard.run(complaints, work);
  return complaints;
}

interface Violation {
  id: string;
  help: string;
  nodes: { target: string[]; failureSummary: string }[];
}

/** Whether pictures are taken: only for one who wants to look at them, as `make pictures` does. */
const pictures = process.env.COFFER_PICTURES === '1';

/** What axe looks at: all of it once, and again in the other scheme what colours decide; the page is otherwise the same. */
const checks = {
  light: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
  dark: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] },
} as const;

/** Has axe look at the page in light and dark, takes a picture of each if wanted, and complains where the page is wider than the window. */
export async function look(page: Page, name: string): Promise<void> {
  const faults: string[] = [];
  const before = await page.evaluate(() => document.documentElement.getAttribute('data-mantine-color-scheme'));
  for (const scheme of ['light', 'dark'] as const) {
    await settle(page, scheme);
    if (pictures) await picture(page, `${name}-${scheme}`);
    for (const violation of await violations(page, checks[scheme])) {
      const where = violation.nodes
        .slice(0, 3)
        .map(node => `${node.target.join(' ')} (${node.failureSummary.replaceAll(/\s+/g, ' ')})`);
      faults.push(`${scheme}: ${violation.id}: ${violation.help}: ${where.join('; ')}`);
    }
  }
  const wide = await page.evaluate(s => {
    document.documentElement.setAttribute('data-mantine-color-scheme', s ?? 'light');
    return document.documentElement.scrollWidth - window.innerWidth;
  }, before);
  if (wide > 1) faults.push(`the page is ${wide} pixels wider than the window`);
  for (const fault of faults) heard.getStore()?.push(`${name}: ${fault}`);
}

/** Takes a picture from the top of the page, without the messages that the steps before left in its corner. */
async function picture(page: Page, name: string): Promise<void> {
  const [english, german] = [words('en', 'ui.notifications'), words('de', 'ui.notifications')];
  const corner = page.locator(`section[aria-label="${english}"], section[aria-label="${german}"]`);
  const hide = (hidden: boolean) =>
    corner.evaluateAll((all, hidden) => {
      for (const one of all) (one as HTMLElement).style.visibility = hidden ? 'hidden' : '';
    }, hidden);
  const at = await page.evaluate(() => {
    const { scrollY } = window;
    window.scrollTo(0, 0);
    return scrollY;
  });
  await hide(true);
  await page.screenshot({ path: join(out, `${name}.png`) });
  await hide(false);
  await page.evaluate(y => window.scrollTo(0, y), at);
}

/** Shows the page in a colour scheme and waits until nothing moves any more. */
async function settle(page: Page, scheme: string): Promise<void> {
  await page.evaluate(async scheme => {
    document.documentElement.setAttribute('data-mantine-color-scheme', scheme);
    await Promise.allSettled(
      document
        .getAnimations()
        .map(animation => Promise.race([animation.finished, new Promise(done => setTimeout(done, 400))])),
    );
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  }, scheme);
}

async function violations(page: Page, only: { type: string; values: readonly string[] }): Promise<Violation[]> {
  // The page's policy forbids injected scripts; the debugger may all the same.
  if (!(await page.evaluate(() => 'axe' in window))) await inject(page.context(), page);
  return page.evaluate(async only => {
    const run = (
      window as unknown as { axe: { run: (what: Document, options: unknown) => Promise<{ violations: unknown[] }> } }
    ).axe;
    // What passes is not told, and nothing is fetched: both take longer than the checks.
    const result = await run.run(document, { runOnly: only, resultTypes: ['violations'], preload: false });
    // Menus and tooltips open beside the page's landmarks; they belong to the button that has the focus.
    const aside = (node: Violation['nodes'][number]) =>
      document.querySelector(node.target.at(-1) ?? '')?.closest('[data-portal]');
    return (result.violations as Violation[])
      .map(one => (one.id === 'region' ? { ...one, nodes: one.nodes.filter(node => !aside(node)) } : one))
      .filter(one => one.nodes.length > 0);
  }, only);
}

async function inject(context: BrowserContext, page: Page): Promise<void> {
  const session = await context.newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axe });
  await session.detach();
}
