import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { addSession, addUser, newState } from '../../../mock/state.ts';
import { showPage, signedIn } from '../../test/render.tsx';

const phone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';

function owner() {
  const state = newState(location.origin);
  const id = [...state.accounts.keys()][0] ?? '';
  return { state, id };
}

test('one’s other sessions are told from the present one, and one of them is ended', async () => {
  const { state, id } = owner();
  addSession(state, id, phone);
  addSession(state, id, 'curl/8.5.0');
  const { client } = await signedIn(state);
  showPage(client, '/account/sessions');
  const user = userEvent.setup();
  const list = await screen.findByRole('list', { name: 'Where you are signed in' });
  const rows = within(list).getAllByRole('listitem');
  expect(rows).toHaveLength(3);
  const own = rows.find(row => row.textContent?.includes('This browser'));
  expect(own && within(own).queryByRole('button')).toBeNull();
  await user.click(within(list).getByRole('button', { name: 'End session Safari on iPhone' }));
  const dialog = await screen.findByRole('dialog', { name: 'End this session?' });
  expect(dialog.textContent).toContain('Safari on iPhone');
  await user.click(within(dialog).getByRole('button', { name: 'End' }));
  await waitFor(() => expect(screen.queryByText('Safari on iPhone')).toBeNull());
  expect([...state.sessions.values()].map(one => one.program)).not.toContain(phone);

  await user.click(screen.getByRole('button', { name: 'End all other sessions' }));
  await user.click(
    within(await screen.findByRole('dialog', { name: 'End 1 session?' })).getByRole('button', { name: 'End' }),
  );
  await waitFor(() => expect(state.sessions.size).toBe(1));
  const all = await screen.findByRole('button', { name: 'End all other sessions' });
  await waitFor(() => expect(all.getAttribute('aria-disabled')).toBe('true'));
  expect(screen.getByText('There is no other session.')).toBeDefined();
});

test('a session that ended meanwhile is as good as ended', async () => {
  const { state, id } = owner();
  const cookie = addSession(state, id, phone);
  const { client } = await signedIn(state);
  showPage(client, '/account/sessions');
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'End session Safari on iPhone' }));
  state.sessions.delete(cookie);
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'End' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(screen.queryByText('Safari on iPhone')).toBeNull();
});

test('an administrator sees a user’s sessions and a visit among them, but does not end the owner’s', async () => {
  const { state, id } = owner();
  const given = { lastname: 'Guest', password: 'x' };
  const grace = addUser(state, { ...given, firstname: 'Grace', email: 'grace@example.org', role: 'user' });
  addSession(state, grace.id, '');
  addSession(state, grace.id, phone, id);
  const { client } = await signedIn(state);
  showPage(client, `/management/users-groups/users/${grace.id}?tab=sessions`);
  const list = await screen.findByRole('list', { name: 'Where Grace Guest is signed in' });
  expect(within(list).getByText('Visit of Ada Owner')).toBeDefined();
  expect(within(list).getByText('Unknown program')).toBeDefined();
  await userEvent.click(screen.getByRole('button', { name: 'End all sessions' }));
  await userEvent.click(
    within(await screen.findByRole('dialog', { name: 'End 2 sessions?' })).getByRole('button', { name: 'End' }),
  );
  expect(await screen.findByText('Signed in nowhere')).toBeDefined();
});

test('the owner’s sessions are guarded from administrators, and the buttons say so', async () => {
  const { state, id } = owner();
  addSession(state, id, phone);
  const { client } = await signedIn(state);
  const account = state.accounts.get(id);
  if (!account) throw new Error('nobody');
  const admin = addUser(state, {
    firstname: 'Al',
    lastname: 'Admin',
    password: 'x',
    email: 'al@example.org',
    role: 'administrator',
  });
  addSession(state, admin.id, 'curl/8');
  client.clear();
  showPage(client, `/management/users-groups/users/${id}?tab=sessions`);
  const end = await screen.findByRole('button', { name: 'End session Safari on iPhone' });
  expect(end.getAttribute('aria-disabled')).toBe('true');
  expect(screen.getAllByText('Only the contract owner ends the owner’s sessions.').length).toBeGreaterThan(0);
});
