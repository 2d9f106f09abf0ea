import { randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import type { Step } from './runner.ts';
import { signIn } from './signin.ts';
import { look, open, type Target, words } from './world.ts';

const w = (key: Parameters<typeof words>[1], values?: Record<string, string | number>) => words('en', key, values);

export async function peopleStory(step: Step, page: Page, browser: Browser, server: Target): Promise<void> {
  const email = `grace-${randomBytes(3).toString('hex')}@example.org`;
  const password = 'a long enough password 1!A';
  const dialog = page.getByRole('dialog');

  await step('Menu > Management > Users & Groups lists the people of the contract', async () => {
    await page
      .getByRole('list', { name: w('shell.management') })
      .getByRole('link', { name: w('shell.usersGroups') })
      .click();
    await page.getByRole('heading', { name: w('people.title') }).waitFor();
    await page.getByText(server.email).first().waitFor();
    await look(page, 'users');
  });

  await step('a user is created with First Name, Last Name, Email and Password', async () => {
    await page.getByRole('button', { name: w('people.create'), exact: true }).click();
    await dialog.getByLabel(w('people.firstName')).fill('Grace');
    await dialog.getByLabel(w('people.lastName')).fill('Guest');
    await dialog.getByLabel(w('people.email')).fill(email);
    await dialog.getByLabel(w('people.password'), { exact: true }).fill(password);
    await look(page, 'user-create');
    await dialog.getByRole('button', { name: w('people.create'), exact: true }).click();
    await page.getByRole('heading', { name: 'Grace Guest' }).waitFor();
    await look(page, 'user');
  });

  await step('without the privilege no key is generated, and the page says why', async () => {
    await page.getByRole('tab', { name: w('people.keys') }).click();
    const button = page.getByRole('button', { name: w('people.generateKey') });
    await button.waitFor();
    if ((await button.getAttribute('aria-disabled')) !== 'true') throw new Error('the button can be pressed');
    await look(page, 'user-keys-none');
  });

  await step('a group gets the privilege Use Object Storage and a member', async () => {
    await page
      .getByRole('list', { name: w('shell.management') })
      .getByRole('link', { name: w('shell.usersGroups') })
      .click();
    await page.getByRole('tab', { name: w('people.groups') }).click();
    await page.getByRole('button', { name: w('people.create'), exact: true }).click();
    await dialog.getByLabel(w('people.groupName')).fill('Storage users');
    await dialog.getByRole('button', { name: w('people.create'), exact: true }).click();
    await page.getByRole('heading', { name: 'Storage users' }).waitFor();
    const privilege = page.getByRole('checkbox', { name: w('people.useObjectStorage') });
    await privilege.click();
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>('input[type=checkbox]')?.checked);
    await look(page, 'group-privileges');
    await page.getByRole('tab', { name: w('people.members') }).click();
    await page.getByLabel(w('people.addMember')).selectOption({ label: `Grace Guest (${email})` });
    await page.getByRole('button', { name: w('people.add'), exact: true }).click();
    await page.getByRole('link', { name: 'Grace Guest' }).waitFor();
    await look(page, 'group-members');
  });

  await step('an administrator generates a key for the user', async () => {
    await page.getByRole('link', { name: 'Grace Guest' }).click();
    await page.getByRole('tab', { name: w('people.keys') }).click();
    await page.getByText(w('people.canonicalAbsent')).waitFor();
    await page.getByRole('button', { name: w('people.generateKey') }).click();
    await dialog.getByRole('button', { name: w('ui.ok'), exact: true }).click();
    await dialog.getByText(w('keys.generatedText')).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('table').getByRole('checkbox').waitFor();
    await page.getByText(w('people.canonicalAbsent')).waitFor({ state: 'detached' });
    await look(page, 'user-keys');
  });

  await step('the user signs in, sees only what is for plain users, and makes a user-owned bucket', async () => {
    const other = await open(browser, server.url, 'en');
    await other.goto(server.url);
    await signIn(other, email, password);
    await other.getByRole('heading', { name: w('shell.objectStorage'), level: 1 }).waitFor();
    if ((await other.getByRole('link', { name: w('shell.usersGroups') }).count()) > 0)
      throw new Error('the menu offers Users & Groups');
    const name = `grace-${randomBytes(4).toString('hex')}`;
    await other.getByRole('button', { name: w('buckets.create'), exact: true }).click();
    const create = other.getByRole('dialog');
    await create.getByText(w('buckets.userOwnedText')).waitFor();
    await create.getByLabel(w('buckets.name')).fill(name);
    await create.getByRole('button', { name: w('buckets.create') }).click();
    await other.getByRole('link', { name, exact: true }).waitFor();
    await look(other, 'home-plain-user');
    await other.getByRole('tab', { name: w('keys.tab') }).click();
    await other.getByRole('button', { name: /^Delete key/ }).click();
    await create.getByRole('button', { name: w('ui.delete'), exact: true }).click();
    await create.getByText(w('keys.onlyKeyRefused')).waitFor();
    await look(other, 'key-delete-refused');
    await other.keyboard.press('Escape');
    await other.getByRole('tab', { name: w('buckets.tab') }).click();
    await other.getByRole('button', { name: w('buckets.deleteOf', { name }) }).click();
    await create.getByLabel(w('ui.typeToConfirm', { word: name })).fill(name);
    await create.getByRole('button', { name: w('ui.delete'), exact: true }).click();
    await other.getByRole('link', { name, exact: true }).waitFor({ state: 'detached' });
    await other.getByRole('button', { name: `${w('shell.account')} Grace Guest` }).click();
    await other.getByRole('button', { name: w('session.signOut') }).click();
    await other.getByRole('heading', { name: w('session.signIn') }).waitFor();
    await other.context().close();
  });

  await step('taking the privilege away names whom it hits', async () => {
    await page.goto(`${server.url}/management/users-groups?tab=groups`);
    await page.getByRole('link', { name: 'Storage users' }).click();
    await page.getByRole('checkbox', { name: w('people.useObjectStorage') }).click();
    await dialog.getByText(w('people.takePrivilegeText', { count: 1 })).waitFor();
    await look(page, 'group-take-privilege');
    await dialog.getByRole('button', { name: w('people.takePrivilegeConfirm') }).click();
    await dialog.waitFor({ state: 'detached' });
  });

  await step('the user is deleted after the email was typed', async () => {
    await page.goto(`${server.url}/management/users-groups`);
    await page.getByRole('link', { name: 'Grace Guest' }).click();
    await page.getByRole('button', { name: w('people.deleteUser') }).click();
    await dialog.getByLabel(w('ui.typeToConfirm', { word: email })).fill(email);
    await look(page, 'user-delete');
    await dialog.getByRole('button', { name: w('ui.delete'), exact: true }).click();
    await page.getByRole('heading', { name: w('people.title') }).waitFor();
    await page.getByText(email).waitFor({ state: 'detached' });
  });

  await step('of a long list the rows in sight exist, and the End key leads to its last', async () => {
    const ids = await page.evaluate(makeGroups, 150);
    await page.goto(`${server.url}/management/users-groups?tab=groups`);
    const table = page.getByRole('table');
    await table.getByRole('link').first().focus();
    await page.keyboard.press('End');
    const last = table.locator(`tr[aria-rowindex="${await table.getAttribute('aria-rowcount')}"]`);
    await last.locator('a:focus').waitFor();
    const { rows, hidden } = await last.evaluate(row => {
      const { top, bottom } = row.getBoundingClientRect();
      return { rows: row.parentElement?.children.length ?? 0, hidden: top < 0 || bottom > window.innerHeight };
    });
    if (hidden) throw new Error('the last row has the focus and is out of sight');
    if (rows > 60) throw new Error(`${rows} rows are in the page: a long list has to hold those in sight alone`);
    await look(page, 'groups-many');
    await page.evaluate(dropGroups, ids);
  });
}

/** Makes groups from within the page, and returns their ids. */
async function makeGroups(count: number): Promise<string[]> {
  const { csrfToken } = await (await fetch('/console/session')).json();
  const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': csrfToken };
  const ids: string[] = [];
  for (let n = 1; n <= count; n++) {
    const body = JSON.stringify({ properties: { name: `Team ${n}` } });
    const answer = await fetch('/cloudapi/v6/um/groups', { method: 'POST', headers, body });
    if (!answer.ok) throw new Error(`group ${n} was refused: ${await answer.text()}`);
    ids.push((await answer.json()).id);
  }
  return ids;
}

/** Deletes groups from within the page. */
async function dropGroups(ids: string[]): Promise<void> {
  const { csrfToken } = await (await fetch('/console/session')).json();
  for (const id of ids)
    await fetch(`/cloudapi/v6/um/groups/${id}`, { method: 'DELETE', headers: { 'X-CSRF-Token': csrfToken } });
}
