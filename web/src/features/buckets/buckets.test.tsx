import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { addUser, newState } from '../../../mock/state.ts';
import type { Session } from '../../api/types.ts';
import { show, signedIn } from '../../test/render.tsx';
import { checkName, isValidName, mayCreateIn, ofType } from './buckets.ts';
import { CreateBucketDialog } from './CreateBucketDialog.tsx';
import { DeleteBucketDialog } from './DeleteBucketDialog.tsx';

test('the rules for names are those of the server', () => {
  for (const name of ['abc', 'a.b-c.9', 'x'.repeat(63), '1234']) expect(isValidName(name), name).toBe(true);
  const broken: Record<string, string> = {
    ab: 'length',
    a_b: 'characters',
    '-abc': 'ends',
    'abc.': 'ends',
    'a..b': 'dots',
    'a-.b': 'dots',
    '192.168.0.1': 'address',
    'xn--abc': 'reserved',
    'abc-s3alias': 'reserved',
    Abc: 'characters',
  };
  broken['x'.repeat(64)] = 'length';
  for (const [name, rule] of Object.entries(broken)) {
    expect(
      checkName(name)
        .filter(one => !one.kept)
        .map(one => one.rule),
      name,
    ).toContain(rule);
  }
});

test('types are told by the region, and regions may be used by role and privilege', () => {
  const { regions } = newState();
  const bucket = (name: string, region: string) => ({ name, region, created: null });
  const all = [bucket('c', 'local-1'), bucket('u', 'local-2'), bucket('old', '')];
  expect(ofType(all, 'user', regions).map(one => one.name)).toEqual(['u']);
  expect(ofType(all, 'contract', regions).map(one => one.name)).toEqual(['c', 'old']);
  expect(ofType(all, 'all', regions)).toHaveLength(3);
  const as = (role: Session['user']['role'], objectStorage: boolean) =>
    regions
      .filter(region => mayCreateIn(region, { user: { role, objectStorage } } as Session))
      .map(region => region.id);
  expect(as('owner', true)).toEqual(['local-1', 'local-2']);
  expect(as('user', true)).toEqual(['local-2']);
  expect(as('user', false)).toEqual([]);
});

test('creating shows which rules are broken and makes the bucket in the chosen region', async () => {
  const { state, client } = await signedIn();
  show(client, <CreateBucketDialog onClose={() => {}} />);
  const user = userEvent.setup();
  const name = await screen.findByLabelText('Name');
  await user.type(name, 'Bad_Name');
  const rules = screen.getByRole('list', { name: 'Rules' });
  expect(within(rules).getByText(/Lower-case letters/).textContent).toContain('(not kept)');
  await user.click(screen.getByRole('button', { name: 'Create bucket' }));
  expect(await screen.findByText('The name breaks a rule below.')).toBeDefined();
  expect(state.buckets.size).toBe(0);
  await user.clear(name);
  await user.type(name, 'good-name');
  await user.selectOptions(screen.getByLabelText('Region'), 'local-2');
  await user.click(screen.getByRole('button', { name: 'Create bucket' }));
  await waitFor(() => expect(state.buckets.get('good-name')?.region).toBe('local-2'));
});

test('a name that is taken is told in the dialog', async () => {
  const { state, client } = await signedIn();
  state.buckets.set('taken', { region: 'local-1', created: new Date(), objects: new Map(), settings: new Map() });
  show(client, <CreateBucketDialog onClose={() => {}} />);
  const user = userEvent.setup();
  await user.type(await screen.findByLabelText('Name'), 'taken');
  await user.click(screen.getByRole('button', { name: 'Create bucket' }));
  expect((await screen.findByRole('alert')).textContent).toContain('You have a bucket of this name already.');
});

test('a bucket that is not empty says how much is in it instead of being deleted', async () => {
  const { state, client } = await signedIn();
  addUser(state, { firstname: 'X', lastname: 'Y', email: 'x@example.org', password: '', role: 'user' });
  const object = { body: new Uint8Array(3), modified: new Date(), etag: 'e', headers: {} };
  state.buckets.set('full', {
    region: 'local-1',
    created: new Date(),
    objects: new Map([
      ['a/b', object],
      ['c', object],
    ]),
    settings: new Map(),
  });
  show(client, <DeleteBucketDialog bucket={{ name: 'full', region: 'local-1', created: null }} onClose={() => {}} />);
  expect(await screen.findByText(/holds 2 objects/)).toBeDefined();
  expect(screen.queryByRole('button', { name: 'Delete' })).toBeNull();
});

test('an empty bucket is deleted once its name was typed', async () => {
  const { state, client } = await signedIn();
  state.buckets.set('void', { region: 'local-1', created: new Date(), objects: new Map(), settings: new Map() });
  show(client, <DeleteBucketDialog bucket={{ name: 'void', region: 'local-1', created: null }} onClose={() => {}} />);
  const user = userEvent.setup();
  const button = await screen.findByRole<HTMLButtonElement>('button', { name: 'Delete' });
  expect(button.disabled).toBe(true);
  await user.type(screen.getByLabelText('Type void to confirm'), 'void');
  await user.click(screen.getByRole('button', { name: 'Delete' }));
  await waitFor(() => expect(state.buckets.size).toBe(0));
});
