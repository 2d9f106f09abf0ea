import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { metadata as german } from '../../i18n/de/metadata.ts';
import { metadata as english } from '../../i18n/en/metadata.ts';
import { split } from '../../i18n/message.ts';
import { maxMetadataBytes, metadataBytes, metadataFault } from '../../s3/metadata.ts';
import { showPage, signedIn } from '../../test/render.tsx';

const address = '/storage/object-storage/photos?object=cat.txt&show=metadata';

async function withObject(headers: Record<string, string> = {}) {
  const world = await signedIn();
  const object = {
    body: new Uint8Array([1, 2]),
    modified: new Date(),
    etag: 'e1',
    headers: { 'content-type': 'text/plain', ...headers },
  };
  world.state.buckets.set('photos', {
    region: 'local-1',
    created: new Date(),
    objects: new Map([['cat.txt', object]]),
    settings: new Map(),
  });
  return world;
}

test('German has every word of metadata, with the same placeholders', () => {
  expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort());
  for (const [key, text] of Object.entries(english))
    expect(
      split(german[key as keyof typeof english]).filter((_, i) => i % 2),
      key,
    ).toEqual(split(text).filter((_, i) => i % 2));
});

test('what S3 would refuse about metadata is said before it is sent', () => {
  expect(metadataFault(['Camera', 'x'], ['Camera'])).toBeNull();
  expect(metadataFault(['', 'x'], [''])).toBe('empty');
  expect(metadataFault(['a b', 'x'], ['a b'])).toBe('name');
  expect(metadataFault(['a', 'x'], ['a', 'A'])).toBe('twice');
  expect(metadataFault(['a', 'süß'], ['a'])).toBe('value');
  expect(metadataBytes([['ab', 'cde']])).toBe(5);
  expect(maxMetadataBytes).toBe(2048);
});

test('type and metadata are changed; content, and what was not touched, stay', async () => {
  const { state, client } = await withObject({
    'cache-control': 'no-cache',
    'x-amz-meta-camera': 'old',
    'x-amz-meta-gone': 'x',
  });
  showPage(client, address);
  const drawer = await screen.findByRole('dialog');
  const type = await within(drawer).findByLabelText('Type');
  await userEvent.clear(type);
  await userEvent.type(type, 'text/markdown');
  const value = within(drawer).getByDisplayValue('old');
  await userEvent.clear(value);
  await userEvent.type(value, 'new');
  await userEvent.click(within(drawer).getByRole('button', { name: 'Remove metadata gone' }));
  await userEvent.click(within(drawer).getByRole('button', { name: 'Add metadata' }));
  await userEvent.click(within(drawer).getByRole('button', { name: 'Save' }));
  expect(await within(drawer).findByText('Enter a name.')).toBeDefined();
  await userEvent.type(within(drawer).getAllByLabelText('Name').at(-1) as HTMLElement, 'Author');
  await userEvent.type(within(drawer).getAllByLabelText('Value').at(-1) as HTMLElement, 'Ada');
  await userEvent.click(within(drawer).getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Metadata saved')).toBeDefined();
  const stored = state.buckets.get('photos')?.objects.get('cat.txt');
  expect(stored?.headers).toEqual({
    'content-type': 'text/markdown',
    'cache-control': 'no-cache',
    'x-amz-meta-camera': 'new',
    'x-amz-meta-author': 'Ada',
  });
  expect([...(stored?.body ?? [])]).toEqual([1, 2]);
});

test('an object that was changed meanwhile is not overwritten', async () => {
  const { state, client } = await withObject();
  showPage(client, address);
  const drawer = await screen.findByRole('dialog');
  await within(drawer).findByLabelText('Type');
  const object = state.buckets.get('photos')?.objects.get('cat.txt');
  if (object) object.etag = 'e2';
  await userEvent.click(within(drawer).getByRole('button', { name: 'Save' }));
  expect(await within(drawer).findByRole('alert')).toBeDefined();
  expect(state.buckets.get('photos')?.objects.get('cat.txt')).toBe(object);
});
