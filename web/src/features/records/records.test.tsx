import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { addUser, newState } from '../../../mock/state.ts';
import { showPage, signedIn } from '../../test/render.tsx';
import { signIn } from '../session/session.ts';

test('the log is told in plain words, page by page, and refusals are counted', async () => {
  const { client } = await signedIn();
  showPage(client, '/management/audit');
  const user = userEvent.setup();
  await screen.findByText('Access key generated', { selector: 'strong' });
  expect(screen.getByText('Refused 4 times')).toBeDefined();
  expect(screen.getByText(/Chrome on Linux$/)).toBeDefined();
  expect(screen.queryByText('Bucket created', { selector: 'strong' })).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Show older' }));
  await screen.findByText('Bucket created', { selector: 'strong' });
  expect(screen.getByText(/rclone\/v1\.70\.0$/)).toBeDefined();
  await user.click(screen.getByRole('button', { name: 'Verify the log' }));
  await screen.findByText('The log is whole: 3 records');
});

test('what everybody asked for is plotted by user', async () => {
  const { state, client } = await signedIn();
  addUser(state, { firstname: 'Tom', lastname: 'Guest', email: 'tom@example.org', password: 'x', role: 'user' });
  showPage(client, '/management/usage?of=keys');
  const user = userEvent.setup();
  await user.selectOptions(await screen.findByLabelText('Keys of'), 'Everybody');
  await user.click(await screen.findByRole('button', { name: 'Show as table' }));
  const table = await screen.findByRole('table');
  expect(within(table).getByRole('columnheader', { name: 'Ada Owner' })).toBeDefined();
  expect(within(table).getByRole('columnheader', { name: 'Tom Guest' })).toBeDefined();
  expect(within(table).getByText('20')).toBeDefined();
});

test('filters of the log are in the address', async () => {
  const { client } = await signedIn();
  showPage(client, '/management/audit?result=refused');
  await screen.findByText('Signed in', { selector: 'strong' });
  expect(screen.queryByText('Access key generated', { selector: 'strong' })).toBeNull();
});

test('a member of a group with the privilege reads the log, and is not asked about people', async () => {
  const state = newState(location.origin);
  const tom = { firstname: 'Tom', lastname: 'Guest', email: 'tom@example.org', password: 'x', role: 'user' } as const;
  const { id } = addUser(state, tom);
  const { client } = await signedIn(state);
  await signIn(client, tom.email, tom.password);
  const page = showPage(client, '/management/usage');
  const menu = await screen.findByRole('navigation');
  await within(menu).findByRole('link', { name: 'Usage' });
  expect(within(menu).queryByRole('link', { name: 'Audit log' })).toBeNull();
  page.unmount();
  const properties = { name: 'Auditors', accessActivityLog: true };
  state.groups.set('g1', { id: 'g1', type: 'group', href: '', properties, members: new Set([id]) });
  await signIn(client, tom.email, tom.password);
  showPage(client, '/management/audit');
  await screen.findByText('Access key generated', { selector: 'strong' });
  expect(within(screen.getByRole('navigation')).getByRole('link', { name: 'Audit log' })).toBeDefined();
  expect(screen.queryByLabelText('By')).toBeNull();
  expect(screen.getByLabelText('Result')).toBeDefined();
});

test('a plot has the same numbers as a table', async () => {
  const { client } = await signedIn();
  showPage(client, '/management/usage?of=buckets&days=7');
  const user = userEvent.setup();
  await screen.findByRole('img', { name: /Stored bytes by day. The most was 3.KiB/ });
  await user.click(screen.getByRole('button', { name: 'Show as table' }));
  const table = await screen.findByRole('table');
  expect(within(table).getAllByRole('row')).toHaveLength(8);
  expect(within(table).getByRole('columnheader', { name: 'photos' })).toBeDefined();
});

test('the owner changes what holds for the contract, and nonsense is refused before it is sent', async () => {
  const { client, state } = await signedIn();
  showPage(client, '/management/contract');
  const user = userEvent.setup();
  const days = await screen.findByLabelText(/Longest validity/);
  await user.clear(days);
  await user.type(days, '9x');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('Enter a whole number from 0 to 3,650.');
  await user.clear(days);
  await user.type(days, '90');
  await user.click(screen.getByRole('radio', { name: /Are shown once/ }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(state.settings).toMatchObject({ maxKeyDays: 90, secrets: 'once' }));
});

test('a token is shown once, listed without it, and deleted', async () => {
  const { client, state } = await signedIn();
  showPage(client, '/management/tokens');
  const user = userEvent.setup();
  await screen.findByText('No token yet');
  await user.click(screen.getByRole('button', { name: 'Generate token' }));
  const dialog = await screen.findByRole('dialog');
  await user.click(within(dialog).getByRole('button', { name: 'Generate token' }));
  await screen.findByText(/it is shown now only/);
  expect(document.body.textContent).not.toContain('mock-token');
  await user.keyboard('{Escape}');
  await user.click(await screen.findByRole('button', { name: /^Delete token/ }));
  await user.click(
    within(await screen.findByRole('dialog', { name: 'Delete this token?' })).getByRole('button', { name: 'Delete' }),
  );
  await waitFor(() => expect(state.tokens).toHaveLength(0));
});
