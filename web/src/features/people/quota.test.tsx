import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { showPage, signedIn } from '../../test/render.tsx';
import { readLimit, sizeParts, sizeUnits } from './quota.ts';

test('limits are read as typed, and sizes shown in the largest whole unit', () => {
  expect(readLimit(' ', 1)).toBeUndefined();
  expect(readLimit('1.5', sizeUnits.GiB)).toBe(1.5 * 1024 ** 3);
  expect(readLimit('1,5', sizeUnits.GiB)).toBe(1.5 * 1024 ** 3);
  for (const wrong of ['0', '-1', 'ten', '1e3', '9999999999999999']) expect(readLimit(wrong, 1)).toBeNull();
  expect(readLimit('1.5', 1)).toBeNull();
  expect(sizeParts(undefined)).toEqual({ amount: '', unit: 'GiB' });
  expect(sizeParts(3 * 1024 ** 4)).toEqual({ amount: '3', unit: 'TiB' });
  expect(sizeParts(1536 * 1024 ** 2)).toEqual({ amount: '1536', unit: 'MiB' });
  expect(sizeParts(1000)).toEqual({ amount: '1000', unit: 'B' });
});

test('the quota of a bucket is shown, refused where it is no number, set, and taken away', async () => {
  const { state, client } = await signedIn();
  state.buckets.set('photos', { region: 'local-1', created: new Date(), objects: new Map(), settings: new Map() });
  showPage(client, '/storage/object-storage/photos/settings?tab=quota');
  const section = await screen.findByRole('region', { name: 'Quota' });
  expect(await within(section).findByText('0 B of any amount')).toBeDefined();

  const size = () => within(section).getByLabelText('At most');
  await userEvent.type(size(), 'much');
  await userEvent.click(within(section).getByRole('button', { name: 'Save' }));
  expect(await within(section).findByText('Enter a number above 0, or nothing.')).toBeDefined();
  expect(state.quotas.size).toBe(0);

  await userEvent.clear(size());
  await userEvent.type(size(), '2');
  await userEvent.click(within(section).getByRole('button', { name: 'Save' }));
  expect(await within(section).findByText('0 B of 2 GiB')).toBeDefined();
  expect(state.quotas.get('photos')).toEqual({ bytes: 2 * 1024 ** 3 });

  await userEvent.clear(size());
  await userEvent.click(within(section).getByRole('button', { name: 'Save' }));
  expect(await within(section).findByText('0 B of any amount')).toBeDefined();
});
