import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { addKey, addUser, newState } from '../../../mock/state.ts';
import { showPage, signedIn } from '../../test/render.tsx';

function people() {
  const state = newState(location.origin);
  const given = { lastname: 'Guest', password: 'x', role: 'user' } as const;
  const [grace, tom] = ['Grace', 'Tom'].map(firstname =>
    addUser(state, { ...given, firstname, email: `${firstname.toLowerCase()}@example.org` }),
  );
  if (!grace || !tom) throw new Error('nobody');
  const used = addKey(state, grace.id, 'backup');
  used.lastUsed = new Date(Date.now() - 3_600_000).toISOString();
  addKey(state, tom.id, 'old').active = false;
  addKey(state, tom.id, 'new');
  return { state, grace, tom };
}

test('keys of everybody are listed, narrowed, and deactivated together after their effect was told', async () => {
  const { state, grace, tom } = people();
  const { client } = await signedIn(state);
  showPage(client, '/management/users-groups?tab=keys');
  const user = userEvent.setup();
  const table = await screen.findByRole('table');
  expect(within(table).getAllByRole('row')).toHaveLength(4);
  await user.click(screen.getByRole('checkbox', { name: 'Choose all shown keys' }));
  await user.click(screen.getByRole('button', { name: 'Deactivate' }));
  const dialog = await screen.findByRole('dialog', { name: 'Deactivate 2 keys?' });
  expect(dialog.textContent).toContain('Programs of 2 people');
  expect(dialog.textContent).toContain('1 of them was used in the last seven days.');
  await user.click(within(dialog).getByRole('button', { name: 'Deactivate' }));
  await waitFor(() => expect(state.keys.filter(key => key.active)).toHaveLength(0));
  expect(state.keys.filter(key => key.userId === tom.id)).toHaveLength(2);
  expect(grace.id).not.toBe(tom.id);
});

test('a deactivation that failed goes on where it stopped', async () => {
  const { state } = people();
  const { client } = await signedIn(state);
  const answer = fetch;
  const put: string[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    if (request.method === 'PUT' && put.push(request.url) === 2) {
      const refused = { httpStatus: 429, messages: [{ errorCode: 'RateLimit', message: 'Wait.' }] };
      return new Response(JSON.stringify(refused), { status: 429, headers: { 'Content-Type': 'application/json' } });
    }
    return answer(request);
  });
  showPage(client, '/management/users-groups?tab=keys');
  const user = userEvent.setup();
  await user.click(await screen.findByRole('checkbox', { name: 'Choose all shown keys' }));
  await user.click(screen.getByRole('button', { name: 'Deactivate' }));
  const dialog = await screen.findByRole('dialog', { name: 'Deactivate 2 keys?' });
  await user.click(within(dialog).getByRole('button', { name: 'Deactivate' }));
  await within(dialog).findByRole('alert');
  await user.click(within(dialog).getByRole('button', { name: 'Deactivate' }));
  await waitFor(() => expect(state.keys.filter(key => key.active)).toHaveLength(0));
  expect(put).toHaveLength(3);
  expect(put[2]).toBe(put[1]);
});

test('what no filter fits is told apart from nothing there, and the filter can be lifted', async () => {
  const { state } = people();
  const { client } = await signedIn(state);
  showPage(client, '/management/users-groups?tab=keys&find=nobody');
  const user = userEvent.setup();
  await screen.findByText('No key matches');
  await user.click(screen.getByRole('button', { name: 'Clear filter' }));
  expect(within(await screen.findByRole('table')).getAllByRole('row')).toHaveLength(4);
});

test('taking the privilege away counts the keys that stop and those used this week', async () => {
  const { state, grace, tom } = people();
  const properties = { name: 'Storage users', s3Privilege: true };
  const members = new Set([grace.id, tom.id]);
  state.groups.set('g1', { id: 'g1', type: 'group', href: '', properties, members });
  const { client } = await signedIn(state);
  showPage(client, '/management/users-groups/groups/g1');
  const user = userEvent.setup();
  await user.click(await screen.findByRole('checkbox', { name: /Use Object Storage/ }));
  const dialog = await screen.findByRole('dialog');
  await within(dialog).findByText('2 keys stop. 1 of them was used in the last seven days.');
  expect(dialog.textContent).toContain('2 members lose access');
});

test('the privilege to read the log is given and taken with a tick', async () => {
  const { state, tom } = people();
  const properties = { name: 'Auditors', s3Privilege: true };
  state.groups.set('g1', { id: 'g1', type: 'group', href: '', properties, members: new Set([tom.id]) });
  const { client } = await signedIn(state);
  showPage(client, '/management/users-groups/groups/g1');
  const user = userEvent.setup();
  const box = await screen.findByRole('checkbox', { name: /Access Activity Log/ });
  await user.click(box);
  await screen.findByText('Privilege given');
  expect(state.groups.get('g1')?.properties).toMatchObject({ s3Privilege: true, accessActivityLog: true });
  await user.click(screen.getByRole('checkbox', { name: /Access Activity Log/ }));
  await screen.findByText('Privilege taken away');
  expect(state.groups.get('g1')?.properties).toMatchObject({ s3Privilege: true, accessActivityLog: false });
});
