import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { addKey, newState, type State } from '../../../mock/state.ts';
import { show, signedIn } from '../../test/render.tsx';
import { KeysTab } from './KeysTab.tsx';
import { pairCsv } from './pair.ts';
import { offersVirtualHost, snippets } from './snippets.ts';

function withKeys(count: number): State {
  const state = newState(location.origin);
  const owner = [...state.accounts.keys()][0] ?? '';
  for (let n = 0; n < count; n++) addKey(state, owner, `key ${n}`);
  return state;
}

async function open(state = newState(location.origin)) {
  const world = await signedIn(state);
  show(world.client, <KeysTab />);
  await screen.findByRole('region', { name: 'Endpoints' });
  return world;
}

test('before the first key the canonical ID is absent and the contract user ID is there', async () => {
  const { state } = await open();
  const owner = [...state.accounts.keys()][0];
  expect(await screen.findByText(`31000000:${owner}`)).toBeDefined();
  expect(screen.getByText('Appears with your first access key')).toBeDefined();
  expect(await screen.findByText('No access key yet')).toBeDefined();
});

test('the bucket that is chosen is in the files, and the certificate can be saved where one is to be trusted', async () => {
  const state = withKeys(1);
  state.ca = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  state.buckets.set('photos', { region: 'local-1', created: new Date(), objects: new Map(), settings: new Map() });
  await open(state);
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: /^Use key .* in a program$/ }));
  const dialog = await screen.findByRole('dialog');
  await user.selectOptions(await within(dialog).findByLabelText('Bucket'), 'photos');
  expect(within(dialog).getByText(/aws --profile coffer s3 ls s3:\/\/photos/)).toBeDefined();
  expect(within(dialog).getByText(/ca_bundle = coffer-ca\.pem/)).toBeDefined();
  expect(await within(dialog).findByRole('button', { name: 'Save coffer-ca.pem' })).toBeDefined();
});

test('where secrets are shown once, leaving a new key without having kept it is asked about', async () => {
  const start = newState(location.origin);
  start.settings.secrets = 'once';
  vi.stubGlobal('isSecureContext', true);
  await open(start);
  const user = userEvent.setup();
  const generate = async () => {
    await user.click((await screen.findAllByRole('button', { name: 'Generate a key' }))[0] as HTMLElement);
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Generate' }));
    return screen.findByRole('dialog', { name: 'Your new access key' });
  };
  let made = await generate();
  await user.click(within(made).getAllByRole('button', { name: 'Close' }).at(-1) as HTMLElement);
  const question = await screen.findByRole('dialog', { name: 'Close without keeping the secret key?' });
  await user.click(within(question).getByRole('button', { name: 'Cancel' }));
  expect(within(made).getByRole('button', { name: 'Copy Secret key' })).toBeDefined();
  await user.click(within(made).getAllByRole('button', { name: 'Close' }).at(-1) as HTMLElement);
  await user.click(await screen.findByRole('button', { name: 'Close all the same' }));
  await waitFor(() => expect(screen.queryByText('Your new access key')).toBeNull());

  made = await generate();
  await user.click(within(made).getByRole('button', { name: 'Copy Secret key' }));
  await user.click(within(made).getAllByRole('button', { name: 'Close' }).at(-1) as HTMLElement);
  await waitFor(() => expect(screen.queryByText('Your new access key')).toBeNull());
  expect(screen.queryByText('Close without keeping the secret key?')).toBeNull();
});

test('generating asks, shows the pair with the secret hidden, and lists the key as active', async () => {
  const { state } = await open();
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'Generate a key' }));
  const form = await screen.findByRole('dialog');
  expect(state.keys).toHaveLength(0);
  await user.type(within(form).getByLabelText('Description (optional)'), 'backups');
  await user.click(within(form).getByRole('button', { name: 'Generate' }));
  const dialog = await screen.findByRole('dialog', { name: 'Your new access key' });
  await within(dialog).findByText(/is active\. Save the secret key now/);
  const [key] = state.keys;
  expect(key?.description).toBe('backups');
  await within(dialog).findByRole('tab', { name: 'aws' });
  expect(document.body.innerHTML).toContain(key?.accessKey);
  expect(document.body.innerHTML).not.toContain(key?.secretKey);

  await user.click(within(dialog).getByRole('button', { name: 'Show Secret key' }));
  expect(within(dialog).getByText(key?.secretKey ?? '')).toBeDefined();
  await user.click(within(dialog).getAllByRole('button', { name: 'Close' }).at(-1) as HTMLElement);
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(document.body.innerHTML).not.toContain(key?.secretKey);
  const toggle = await screen.findByRole<HTMLInputElement>('switch');
  expect(toggle.checked).toBe(true);
  expect(screen.getByText('ADMIN KEY')).toBeDefined();
  await waitFor(() => expect(screen.queryByText('Appears with your first access key')).toBeNull());
});

test('an existing key is shown ready for programs, with the secret hidden', async () => {
  const { state } = await open(withKeys(1));
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: /^Use key .* in a program$/ }));
  const dialog = await screen.findByRole('dialog');
  await within(dialog).findByRole('tab', { name: 'Terraform' });
  expect(document.body.innerHTML).not.toContain(state.keys[0]?.secretKey);
  await user.click(within(dialog).getByRole('button', { name: 'Show Secret key' }));
  expect(within(dialog).getAllByText(/secret/i).length).toBeGreaterThan(0);
});

test('a refused generation says why and keeps the dialog', async () => {
  const { state } = await open();
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'Generate a key' }));
  const owner = [...state.accounts.keys()][0] ?? '';
  for (let n = 0; n < 5; n++) addKey(state, owner, '');
  const dialog = await screen.findByRole('dialog');
  await user.click(within(dialog).getByRole('button', { name: 'Generate' }));
  expect((await within(dialog).findByRole('alert')).textContent).toContain('at most five keys');
});

test('with five keys the button cannot be used and says why', async () => {
  await open(withKeys(5));
  const button = await screen.findByRole('button', { name: 'Generate a key' });
  await waitFor(() =>
    expect(
      button.isConnected ? screen.getByRole('button', { name: 'Generate a key' }).getAttribute('aria-disabled') : '',
    ).toBe('true'),
  );
  const now = screen.getByRole('button', { name: 'Generate a key' });
  expect(document.getElementById(now.getAttribute('aria-describedby') ?? '')?.textContent).toContain(
    'A user can have 5 keys',
  );
  await userEvent.click(now);
  expect(screen.queryByRole('dialog')).toBeNull();
});

test('deactivating the only active key warns and offers to undo it', async () => {
  const { state } = await open(withKeys(1));
  const user = userEvent.setup();
  await user.click(await screen.findByRole('switch'));
  expect(await screen.findByText('Your only active key is off')).toBeDefined();
  expect(await screen.findByText('No key is active')).toBeDefined();
  expect(state.keys[0]?.active).toBe(false);
  await user.click(screen.getByRole('button', { name: 'Activate again' }));
  await waitFor(() => expect(screen.queryByText('No key is active')).toBeNull());
  expect(state.keys[0]?.active).toBe(true);
});

test('the only key is not deleted while buckets exist, and the three ways out are named', async () => {
  const state = withKeys(1);
  state.buckets.set('mine', { region: 'local-2', created: new Date(), objects: new Map(), settings: new Map() });
  await open(state);
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: /^Delete key/ }));
  const dialog = await screen.findByRole('dialog');
  expect(dialog.textContent).toContain('It is the only key.');
  await user.click(within(dialog).getByRole('button', { name: 'Delete' }));
  expect((await within(dialog).findByRole('alert')).textContent).toMatch(
    /Deactivate it instead, generate another key first, or delete the buckets/,
  );
  expect(state.keys).toHaveLength(1);
});

test('what a key was used for last is told on demand, and of an unused one that it never was', async () => {
  const state = withKeys(2);
  const [first] = [...state.keys.values()];
  if (first) first.lastUsed = '2026-03-04T05:06:07Z';
  await open(state);
  const [rows] = await screen.findAllByText(/2026/, { selector: 'summary' });
  const facts = rows?.closest('details');
  expect(facts?.open).toBe(false);
  for (const fact of ['GetObject', 'photos', '192.0.2.7', 'rclone/v1.70']) expect(facts?.textContent).toContain(fact);
  expect(screen.getAllByText('Last used: Never')).toHaveLength(1);
});

test('a deleted key disappears', async () => {
  const { state } = await open(withKeys(2));
  const user = userEvent.setup();
  const [first] = await screen.findAllByRole('button', { name: /^Delete key/ });
  await user.click(first as HTMLElement);
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Delete' }));
  await waitFor(() => expect(screen.getAllByRole('switch')).toHaveLength(1));
  expect(state.keys.map(key => key.description)).toEqual(['key 1']);
});

test('the pair of a listed key is downloaded with its secret', async () => {
  const { state } = await open(withKeys(1));
  const saved: Blob[] = [];
  vi.spyOn(URL, 'createObjectURL').mockImplementation(blob => {
    saved.push(blob as Blob);
    return 'blob:mock';
  });
  await userEvent.click(await screen.findByRole('button', { name: /^Download key pair of/ }));
  await waitFor(() => expect(saved).toHaveLength(1));
  expect(await saved[0]?.text()).toBe(pairCsv(state.keys[0] as { accessKey: string; secretKey: string }));
});

test('the file of a pair has the columns that programs know', () => {
  expect(pairCsv({ accessKey: 'A', secretKey: 'S+/' })).toBe('Access key ID,Secret access key\r\nA,S+/\r\n');
});

const facts = {
  accessKey: 'AKEY',
  secretKey: 'SKEY',
  endpoint: 'https://s3.example.org:9000',
  region: 'local-9',
  style: 'path' as const,
  bucket: '',
  ca: '',
};

test('every snippet is filled in', () => {
  const all = snippets(facts);
  expect(all.map(one => one.id).slice(0, 3)).toEqual(['aws', 'rclone', 'env']);
  for (const { id, text } of all) {
    expect(text, id).toContain('AKEY');
    // A bookmark has no place for a secret.
    expect(text.includes('SKEY'), id).toBe(id !== 'cyberduck');
    expect(text, id).toContain('s3.example.org');
    expect(text, id).toContain('9000');
    if (id !== 'mc') expect(text, id).toContain('local-9');
    expect(text, id).not.toMatch(/undefined|null|NaN|false|coffer-ca/);
    expect(text, id).not.toMatch(/\n\n\n|[ \t]\n/);
  }
  expect(all.find(one => one.id === 's3cmd')?.text).toContain('use_https = True');
});

test('bucket, certificate and addressing are in every snippet that can say them', () => {
  const plain = snippets(facts);
  const full = snippets({
    ...facts,
    style: 'virtual',
    bucket: 'photos',
    ca: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
  });
  for (const { id, text } of full) {
    expect(text, id).toContain('photos');
    expect(text, id).toMatch(id === 'kubernetes' ? / {2}ca\.crt: \|\n {4}-----BEGIN/ : /coffer-ca\.pem/);
    expect(text, id).not.toBe(plain.find(one => one.id === id)?.text);
  }
  const of = (id: string) => full.find(one => one.id === id)?.text;
  expect(of('aws')).toContain('addressing_style = virtual');
  expect(of('s3cmd')).toContain('host_bucket = %(bucket)s.s3.example.org:9000');
  expect(of('rclone')).toContain('force_path_style = false');
  expect(of('restic')).toContain('/photos/restic -o s3.bucket-lookup=dns');
});

test('a host name is offered for buckets only below the domain that the server answers', () => {
  expect(offersVirtualHost('https://s3.example.org', 'example.org')).toBe(true);
  expect(offersVirtualHost('http://localhost:9000', 'localhost')).toBe(true);
  expect(offersVirtualHost('http://192.0.2.7:9000', 'localhost')).toBe(false);
  expect(offersVirtualHost('https://notexample.org', 'example.org')).toBe(false);
  expect(offersVirtualHost('https://s3.example.org', undefined)).toBe(false);
});
