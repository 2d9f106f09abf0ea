import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';
import { addUser } from '../../../mock/state.ts';
import { showPage, signedIn } from '../../test/render.tsx';
import { sessionQuery } from './session.ts';

const mia = { firstname: 'Mia', lastname: 'Member', email: 'mia@example.org', password: 'long enough' };

/** A signed-in owner, and an administrator whose storage is to be seen. */
async function prepared() {
  const world = await signedIn();
  return { ...world, user: addUser(world.state, { ...mia, role: 'administrator' }) };
}

afterEach(() => {
  window.location.hash = '';
  vi.restoreAllMocks();
});

test('a link leads to the buckets of the user, under a banner that ends the visit; only what may be used is offered', async () => {
  const { state, client, user } = await prepared();
  state.visits.set('once', { userId: user.id, by: client.getQueryData(sessionQuery.queryKey)?.user.id ?? '' });
  window.location.hash = '#once';
  showPage(client, '/visit');

  const banner = await screen.findByRole('region', { name: 'Storage of another user' });
  expect(banner.textContent).toContain('You are looking at the storage of Mia Member as administrator Ada Owner.');
  expect(await screen.findByRole('tab', { name: 'Buckets' })).toBeDefined();
  expect(screen.queryByRole('tab', { name: 'Key management' })).toBeNull();
  const menu = screen.getByRole('navigation', { name: 'Menu', hidden: true });
  expect(within(menu).getByText('Object Storage')).toBeDefined();
  for (const hidden of ['Users & Groups', 'Audit log', 'Tokens']) expect(within(menu).queryByText(hidden)).toBeNull();

  await userEvent.click(within(banner).getByRole('button', { name: 'End the visit' }));
  expect(await screen.findByRole('heading', { name: 'Sign in' })).toBeDefined();
  expect([...state.sessions.values()].some(session => session.visitor)).toBe(false);
});

test('a link that was used or is too old says so', async () => {
  const { client } = await prepared();
  window.location.hash = '#used';
  showPage(client, '/visit');
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('The link has ended');
  expect(alert.textContent).toContain('It works once and for a minute.');
  expect(screen.queryByRole('region', { name: 'Storage of another user' })).toBeNull();
});

test('an administrator opens the storage of a user in a tab of its own', async () => {
  const { state, client, user } = await prepared();
  const replace = vi.fn();
  const tab = { opener: window, location: { replace }, close: vi.fn() };
  vi.spyOn(window, 'open').mockReturnValue(tab as unknown as Window);
  showPage(client, `/management/users-groups/users/${user.id}`);

  await userEvent.click(await screen.findByRole('button', { name: 'Open their storage' }));
  const dialog = await screen.findByRole('dialog');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Open their storage' }));
  await waitFor(() => expect(replace).toHaveBeenCalledOnce());
  const [token, link] = [...state.visits][0] ?? [];
  expect(link?.userId).toBe(user.id);
  expect(replace).toHaveBeenCalledWith(`${location.origin}/visit#${token}`);
  expect(tab.opener).toBeNull();
});
