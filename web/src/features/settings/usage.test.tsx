import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { newState } from '../../../mock/state.ts';
import { showPage, signedIn } from '../../test/render.tsx';

async function open(bucket: string, search = '') {
  const state = newState(location.origin);
  for (const name of ['photos', 'other'])
    state.buckets.set(name, { region: 'local-1', created: new Date(), objects: new Map(), settings: new Map() });
  const { client } = await signedIn(state);
  showPage(client, `/storage/object-storage/${bucket}/settings?tab=usage${search}`);
  return screen.findByRole('region', { name: 'Usage over time' });
}

test('what a bucket held is plotted and tabulated, as the address says', async () => {
  const section = await open('photos', '&days=7');
  await within(section).findByRole('img', { name: /Stored bytes by day. The most was 3.*KiB/ });
  await userEvent.selectOptions(within(section).getByLabelText('Show'), 'Versions');
  await within(section).findByRole('img', { name: /Versions by day. The most was 3/ });
  await userEvent.click(within(section).getByRole('button', { name: 'Show as table' }));
  expect(within(section).getAllByRole('row')).toHaveLength(8);
});

test('a bucket that held nothing is told apart from a plot', async () => {
  const section = await open('other');
  await within(section).findByText('It held nothing on these days.');
});
