import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { addKey, addUser, newState } from '../../../mock/state.ts';
import { showPage, signedIn } from '../../test/render.tsx';
import { usersQuery } from './people.ts';

/** More than one page of what the server lists at once. */
const many = 10_005;

function crowd(count: number) {
  const state = newState(location.origin);
  const users = Array.from({ length: count }, (_, n) =>
    addUser(state, {
      firstname: 'User',
      lastname: String(n + 1),
      email: `user${n + 1}@example.org`,
      password: 'x',
      role: 'user',
    }),
  );
  return { state, users };
}

/** The rows that exist of a table, without its head. */
const rowsOf = (table: HTMLElement) => within(table).getAllByRole('row').slice(1);

test('of ten thousand users some tens of rows exist, the keys lead to the last, and the search finds it', async () => {
  const { client } = await signedIn(crowd(many).state);
  showPage(client, '/management/users-groups');
  const user = userEvent.setup();
  const table = await screen.findByRole('table');
  expect(table.getAttribute('aria-rowcount')).toBe(String(many + 2));
  expect(rowsOf(table).length).toBeLessThan(60);
  const first = within(table).getByRole('link', { name: 'Ada Owner' });
  first.focus();
  await user.keyboard('{ArrowDown}');
  expect(document.activeElement?.textContent).toBe('User 1');
  await user.keyboard('{End}');
  expect(document.activeElement?.textContent).toBe(`User ${many}`);
  expect(document.activeElement?.closest('tr')?.getAttribute('aria-rowindex')).toBe(String(many + 2));
  expect(rowsOf(table).length).toBeLessThan(60);
  await user.keyboard('{ArrowUp}');
  expect(document.activeElement?.textContent).toBe(`User ${many - 1}`);
  await user.keyboard('{Home}');
  expect(document.activeElement?.textContent).toBe('Ada Owner');
  await user.type(screen.getByRole('searchbox'), `user${many}@`);
  await waitFor(() => expect(rowsOf(screen.getByRole('table'))).toHaveLength(1));
  expect(screen.getByRole('link', { name: `User ${many}` })).toBeDefined();
}, 60_000);

test('all keys are chosen, also those whose rows do not exist, and those beyond the first page are found', async () => {
  const { state, users } = crowd(3);
  for (let n = 1; n <= many; n++) addKey(state, users[n % 3]?.id ?? '', `program ${n}`);
  const { client } = await signedIn(state);
  showPage(client, '/management/users-groups?tab=keys');
  const user = userEvent.setup();
  const table = await screen.findByRole('table');
  expect(rowsOf(table).length).toBeLessThan(60);
  await user.click(screen.getByRole('checkbox', { name: 'Choose all shown keys' }));
  await user.click(screen.getByRole('button', { name: 'Deactivate' }));
  const dialog = await screen.findByRole('dialog', { name: `Deactivate ${many.toLocaleString('en')} keys?` });
  expect(dialog.textContent).toContain('Programs of 3 people');
  await user.click(within(dialog).getByRole('button', { name: 'Cancel' }));
  await user.type(screen.getByRole('searchbox'), `program ${many}`);
  await waitFor(() => expect(rowsOf(screen.getByRole('table'))).toHaveLength(1));
}, 60_000);

test('a group of many members lists the rows in sight, and the last can be removed by keyboard', async () => {
  const { state, users } = crowd(300);
  const members = new Set(users.map(one => one.id));
  state.groups.set('g1', { id: 'g1', type: 'group', href: '', properties: { name: 'Everybody' }, members });
  const { client } = await signedIn(state);
  showPage(client, '/management/users-groups/groups/g1?tab=members');
  const user = userEvent.setup();
  const table = await screen.findByRole('table');
  expect(table.getAttribute('aria-rowcount')).toBe('301');
  within(table).getByRole('button', { name: 'Remove User 1 from the group' }).focus();
  await user.keyboard('{End}{Enter}');
  await waitFor(() => expect(members.has(users.at(-1)?.id ?? '')).toBe(false));
  expect(members.size).toBe(299);
});

test('a short list is a plain table', async () => {
  const { client } = await signedIn(crowd(20).state);
  showPage(client, '/management/users-groups');
  const table = await screen.findByRole('table');
  expect(table.hasAttribute('aria-rowcount')).toBe(false);
  expect(rowsOf(table)).toHaveLength(21);
});

test('a list that is longer than what was read of it says so', async () => {
  const { client } = await signedIn(crowd(2).state);
  const page = showPage(client, '/management/users-groups');
  await screen.findByRole('table');
  expect(screen.queryByText(/the list is longer/)).toBeNull();
  page.unmount();
  client.setQueryData(usersQuery.queryKey, list => list && { ...list, cut: true });
  showPage(client, '/management/users-groups');
  await screen.findByText('Only the first 3 entries were read; the list is longer.');
});
