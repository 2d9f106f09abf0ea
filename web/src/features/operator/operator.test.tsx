import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { operatorToken } from '../../../mock/operator.ts';
import { operator as german } from '../../i18n/de/operator.ts';
import { operator as english } from '../../i18n/en/operator.ts';
import { type Message, split } from '../../i18n/message.ts';
import { showPage, signedIn } from '../../test/render.tsx';
import { signInOperator } from './operator.ts';

async function operating() {
  const world = await signedIn();
  await signInOperator(world.client, operatorToken);
  return world;
}

test('German has every word of the operator, with the same placeholders', () => {
  const names = (message: Message) =>
    [
      ...new Set(
        (typeof message === 'string' ? [message] : [message.one, message.other]).flatMap(text =>
          split(text).filter((_, i) => i % 2),
        ),
      ),
    ].sort();
  expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort());
  for (const [key, message] of Object.entries(english))
    expect(names(german[key as keyof typeof english]), key).toEqual(names(message));
});

test('a person who asks for a page of the operator is asked for the token, and a wrong one is refused', async () => {
  const { client } = await signedIn();
  showPage(client, '/system/contracts');
  const field = await screen.findByLabelText('Token');
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByText('Enter the token.')).toBeDefined();
  await userEvent.type(field, 'something else');
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByText('The token is wrong')).toBeDefined();
  await userEvent.clear(field);
  await userEvent.type(field, operatorToken);
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByRole('heading', { name: 'Contracts', level: 1 })).toBeDefined();
});

test('the operator is led from the pages of people to the own ones', async () => {
  const { client } = await operating();
  showPage(client, '/storage/object-storage');
  expect(await screen.findByRole('heading', { name: 'Health' })).toBeDefined();
  expect(screen.queryByRole('link', { name: 'Object Storage' })).toBeNull();
});

test('health tells what is well apart from what needs attention and from what has failed', async () => {
  const { state, client } = await operating();
  const { unmount } = showPage(client, '/system/health');
  expect(await screen.findByText('Everything is well')).toBeDefined();
  expect(screen.getByText('320 GiB of 500 GiB')).toBeDefined();
  expect(screen.getByRole('progressbar', { name: '36% of the disk is used' })).toBeDefined();
  unmount();

  state.system.jobs = [{ name: 'lifecycle', state: 'failed', failure: 'photos: broken row' }];
  state.system.problems = ['The job lifecycle failed and will be repeated: photos: broken row'];
  await client.resetQueries({ queryKey: ['operator', 'system'] });
  const second = showPage(client, '/system/health');
  expect(await screen.findByText('1 thing needs attention')).toBeDefined();
  expect(within(screen.getByRole('region', { name: 'Jobs' })).getByText('photos: broken row')).toBeDefined();
  second.unmount();

  state.system.ready = false;
  state.system.stores = [{ name: 'rows', ready: false, problem: 'the disk has 10 MiB free' }];
  await client.resetQueries({ queryKey: ['operator', 'system'] });
  showPage(client, '/system/health');
  expect(await screen.findByText('Writes are refused')).toBeDefined();
  expect(screen.getByText('the disk has 10 MiB free')).toBeDefined();
});

test('a contract is made; its owner gets a password that is shown once', async () => {
  const { state, client } = await operating();
  showPage(client, '/system/contracts');
  await userEvent.click(await screen.findByRole('button', { name: 'Create contract' }));
  const dialog = await screen.findByRole('dialog');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Create contract' }));
  expect(within(dialog).getAllByText('Enter this.')).toHaveLength(4);
  await userEvent.type(within(dialog).getByLabelText('Name of the contract'), 'Second');
  await userEvent.type(within(dialog).getByLabelText('First name of the owner'), 'Stan');
  await userEvent.type(within(dialog).getByLabelText('Last name of the owner'), 'Stone');
  await userEvent.type(within(dialog).getByLabelText('Email of the owner'), 'stan@example.org');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Create contract' }));
  expect(await screen.findByText('generated-for-owner')).toBeDefined();
  expect(state.contracts.map(one => one.name)).toEqual(['Second']);
  await userEvent.click(screen.getAllByRole('button', { name: 'Close' }).at(-1) as HTMLElement);
  expect(await screen.findByRole('link', { name: 'Second' })).toBeDefined();
});

test('contracts are found on the server, and an empty result says why', async () => {
  const { client } = await operating();
  showPage(client, '/system/contracts?find=nobody');
  expect(await screen.findByText('No contract matches “nobody”')).toBeDefined();
  await userEvent.click(screen.getByRole('button', { name: 'Show all' }));
  expect(await screen.findByRole('link', { name: 'Example Ltd' })).toBeDefined();
});

test('in a contract the quota is set and a password reset', async () => {
  const { state, client } = await operating();
  showPage(client, '/system/contracts/31000000');
  const quota = await screen.findByRole('region', { name: 'Quota' });
  await userEvent.type(await within(quota).findByLabelText('At most'), '5');
  await userEvent.click(within(quota).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(state.quotas.get('')).toEqual({ bytes: 5 * 1024 ** 3 }));
  await userEvent.click(await screen.findByRole('button', { name: 'Reset password Ada Owner' }));
  await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Reset password' }));
  expect(await screen.findByText('generated-for-user')).toBeDefined();
});

test('a region is made once its name fits, and a taken name is refused', async () => {
  const { state, client } = await operating();
  showPage(client, '/system/regions');
  await userEvent.click(await screen.findByRole('button', { name: 'Create region' }));
  const dialog = await screen.findByRole('dialog');
  const create = within(dialog).getByRole('button', { name: 'Create region' });
  await userEvent.type(within(dialog).getByLabelText('Name'), '-Berlin');
  await userEvent.click(create);
  expect(await within(dialog).findByText(/^Use letters a to z/)).toBeDefined();
  await userEvent.clear(within(dialog).getByLabelText('Name'));
  await userEvent.type(within(dialog).getByLabelText('Name'), 'local-1');
  await userEvent.click(create);
  expect(await within(dialog).findByText('There is a region of this name.')).toBeDefined();
  await userEvent.clear(within(dialog).getByLabelText('Name'));
  await userEvent.type(within(dialog).getByLabelText('Name'), 'berlin');
  await userEvent.click(within(dialog).getByRole('radio', { name: 'who makes them' }));
  await userEvent.click(create);
  expect(await screen.findByRole('row', { name: /berlin/ })).toBeDefined();
  expect(state.regions.at(-1)?.properties.bucketOwnership).toBe('user-owned');
});

test('a second factor is removed from the one who has it', async () => {
  const { state, client } = await operating();
  const owner = [...state.accounts.values()][0]?.user;
  if (owner) owner.properties.secAuthActive = true;
  showPage(client, '/system/contracts/31000000');
  await userEvent.click(await screen.findByRole('button', { name: 'Remove second factor Ada Owner' }));
  await userEvent.click(
    within(await screen.findByRole('dialog')).getByRole('button', { name: 'Remove second factor' }),
  );
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Remove second factor Ada Owner' })).toBeNull());
  expect(owner?.properties.secAuthActive).toBe(false);
});

test('a key that was made elsewhere is taken over, and one in use is refused', async () => {
  const { state, client } = await operating();
  showPage(client, '/system/contracts/31000000');
  const take = async (accessKey: string) => {
    await userEvent.click(await screen.findByRole('button', { name: 'Import key Ada Owner' }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.type(within(dialog).getByLabelText('Access key'), accessKey);
    await userEvent.type(within(dialog).getByLabelText('Secret key'), 'imported+secret/0123456789');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Import key' }));
    return dialog;
  };
  const dialog = await take('SHORT');
  expect(await within(dialog).findByText(/^Enter an access key/)).toBeDefined();
  await userEvent.type(within(dialog).getByLabelText('Access key'), '-IMPORTED-KEY');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Import key' }));
  expect(await screen.findByText('Ada Owner has the key now')).toBeDefined();
  expect(state.keys[0]?.accessKey).toBe('SHORT-IMPORTED-KEY');
  expect(state.keys[0]?.secretKey).toBe('imported+secret/0123456789');
  const again = await take('SHORT-IMPORTED-KEY');
  expect(await within(again).findByText('The access key is in use.')).toBeDefined();
});

test('the log of the system tells what was done and refused outside of contracts, and verifies', async () => {
  const { client } = await operating();
  showPage(client, '/system/health');
  await userEvent.click(await screen.findByRole('link', { name: 'Audit log' }));
  expect(await screen.findByText('Region created', { selector: 'strong' })).toBeDefined();
  expect(screen.getByText('berlin · user-owned')).toBeDefined();
  expect(screen.getByText('Refused 3 times')).toBeDefined();
  expect(screen.queryByLabelText('By')).toBeNull();
  expect(screen.queryByRole('option', { name: 'Access key generated' })).toBeNull();
  await userEvent.selectOptions(screen.getByLabelText('Result'), 'Refused');
  await waitFor(() => expect(screen.queryByText('Region created', { selector: 'strong' })).toBeNull());
  expect(screen.getByText('Signed in', { selector: 'strong' })).toBeDefined();
  await userEvent.click(screen.getByRole('button', { name: 'Verify the log' }));
  await screen.findByText('The log is whole: 2 records');
});
