import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { newState } from '../../../mock/state.ts';
import { showPage, signedIn } from '../../test/render.tsx';

test('a change that is not saved is asked about before another tab takes its place', async () => {
  const state = newState(location.origin);
  state.buckets.set('mine', { region: 'local-1', created: new Date(), objects: new Map(), settings: new Map() });
  const { client } = await signedIn(state);
  showPage(client, '/storage/object-storage/mine/settings?tab=cors');
  const user = userEvent.setup();
  const to = (name: string) => user.click(screen.getByRole('tab', { name }));
  await user.click(await screen.findByRole('button', { name: 'Add rule' }));
  await to('Tags');
  const question = () => screen.findByRole('dialog', { name: 'Leave without saving?' });
  await user.click(within(await question()).getByRole('button', { name: 'Cancel' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(screen.getByRole('tab', { name: 'CORS', selected: true })).toBeDefined();
  expect(screen.getByLabelText('Origins')).toBeDefined();
  await to('Tags');
  await user.click(within(await question()).getByRole('button', { name: 'Leave' }));
  await screen.findByText('No tags.');
  await to('CORS');
  await screen.findByText(/No rules/);
  await to('Tags');
  await screen.findByText('No tags.');
  expect(screen.queryByRole('dialog')).toBeNull();
});
