import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { addKey, addUser } from '../../../mock/state.ts';
import { showPage, signedIn } from '../../test/render.tsx';
import { signIn } from '../session/session.ts';

async function paul(keys: number) {
  const { state, client } = await signedIn();
  const user = addUser(state, {
    firstname: 'Paul',
    lastname: 'Plain',
    email: 'paul@example.org',
    password: 'x'.repeat(12),
    role: 'administrator',
  });
  for (let n = 0; n < keys; n++) addKey(state, user.id, '');
  const key = state.keys[0];
  if (key) key.lastUsed = '2026-11-24T10:00:00Z';
  showPage(client, `/management/users-groups/users/${user.id}?tab=keys`);
  const boxes = await screen.findAllByRole('checkbox', { name: /^Active/ });
  return { state, boxes };
}

test('turning off the only active key of somebody warns, and can be undone', async () => {
  const { state, boxes } = await paul(1);
  await userEvent.click(boxes[0] as HTMLElement);
  expect(await screen.findByText('The only active key of Paul Plain is off')).toBeDefined();
  expect(state.keys[0]?.active).toBe(false);
  await userEvent.click(screen.getByRole('button', { name: 'Activate again' }));
  expect(await screen.findByRole('checkbox', { name: /^Active/, checked: true })).toBeDefined();
  expect(state.keys[0]?.active).toBe(true);
});

test('before a key is deleted the dialog tells for what it was used last', async () => {
  await paul(2);
  await userEvent.click(screen.getAllByRole('button', { name: /^Delete key/ })[0] as HTMLElement);
  const dialog = await screen.findByRole('dialog');
  await userEvent.click(within(dialog).getByText(/^Last used:/));
  expect(within(dialog).getByText('rclone/v1.70')).toBeDefined();
});

test('an administrator makes no key of the owner, and reads why', async () => {
  const { state, client } = await signedIn();
  const owner = [...state.accounts.values()].find(one => one.user.metadata?.role === 'owner')?.user;
  const anna = {
    firstname: 'Anna',
    lastname: 'Admin',
    email: 'anna@example.org',
    password: 'x',
    role: 'administrator',
  };
  addUser(state, { ...anna, role: 'administrator' });
  await signIn(client, anna.email, anna.password);
  showPage(client, `/management/users-groups/users/${owner?.id}?tab=keys`);
  const button = await screen.findByRole('button', { name: /Generate Key/ });
  expect(button.getAttribute('aria-disabled')).toBe('true');
  expect(document.body.textContent).toContain('Only the owner of the contract makes keys of their own.');
});
