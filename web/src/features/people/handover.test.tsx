import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { addKey, addUser } from '../../../mock/state.ts';
import { showPage, signedIn } from '../../test/render.tsx';

test('who owns buckets is deleted once somebody is chosen who gets them', async () => {
  const { state, client } = await signedIn();
  const person = (firstname: string) =>
    addUser(state, {
      firstname,
      lastname: 'Member',
      email: `${firstname.toLowerCase()}@example.org`,
      password: 'long enough',
      role: 'administrator',
    });
  const [mia, noa] = [person('Mia'), person('Noa')];
  addKey(state, noa.id, '');
  const bucket = { region: 'local-2', created: new Date(), objects: new Map(), settings: new Map(), owner: mia.id };
  state.buckets.set('diary', bucket);
  showPage(client, `/management/users-groups/users/${mia.id}`);

  await userEvent.click(await screen.findByRole('button', { name: 'Delete user' }));
  const dialog = await screen.findByRole('dialog');
  await userEvent.type(within(dialog).getByLabelText('Type mia@example.org to confirm'), 'mia@example.org');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Delete' }));
  expect((await within(dialog).findByRole('alert')).textContent).toContain('The user owns buckets');
  expect(state.accounts.has(mia.id)).toBe(true);

  await within(dialog).findByRole('option', { name: 'Noa Member (noa@example.org)' });
  expect(within(dialog).queryByRole('option', { name: /Mia/ })).toBeNull();
  await userEvent.selectOptions(within(dialog).getByLabelText('Hand over user-owned buckets'), noa.id);
  await userEvent.click(within(dialog).getByRole('button', { name: 'Delete' }));
  await waitFor(() => expect(state.accounts.has(mia.id)).toBe(false));
  expect(bucket.owner).toBe(noa.id);
});
