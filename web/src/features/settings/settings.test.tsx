import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { newState } from '../../../mock/state.ts';
import { show, signedIn } from '../../test/render.tsx';
import { LockSection } from './LockSection.tsx';
import { retentionOf } from './RetentionFields.tsx';
import { TagsEditor, tagFault } from './TagsEditor.tsx';
import { VersioningSection } from './VersioningSection.tsx';

function withBucket() {
  const state = newState(location.origin);
  const settings = new Map<string, string>();
  state.buckets.set('mine', { region: 'local-1', created: new Date(), objects: new Map(), settings });
  return { state, settings };
}

test('only whole numbers within S3’s limits are a retention', () => {
  const draft = { mode: 'GOVERNANCE', unit: 'Days' } as const;
  expect(retentionOf({ ...draft, count: '36500' })).toEqual({ mode: 'GOVERNANCE', unit: 'Days', count: 36500 });
  for (const count of ['0', '-1', '1.5', '36501', '', 'x', '1e3'])
    expect(retentionOf({ ...draft, count }), count).toBe(undefined);
  expect(retentionOf({ ...draft, unit: 'Years', count: '101' })).toBe(undefined);
  expect(retentionOf({ mode: 'none', unit: 'Days', count: 'x' })).toBeNull();
});

test('names of tags are those that the server takes', () => {
  expect(tagFault('Überblick 1+-=._:/@', [])).toBeNull();
  expect(tagFault('', [''])).toBe('empty');
  expect(tagFault('a', ['a', 'a'])).toBe('twice');
  expect(tagFault('AWS:x', [])).toBe('system');
  expect(tagFault('a!', [])).toBe('characters');
});

test('a tag is added and saved whole; none left deletes the setting', async () => {
  const { state, settings } = withBucket();
  const { client } = await signedIn(state);
  show(client, <TagsEditor bucket="mine" />);
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'Add tag' }));
  await user.type(screen.getByLabelText('Name'), 'team');
  await user.type(screen.getByLabelText('Value'), 'a<b');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(settings.get('tagging')).toContain('<Key>team</Key><Value>a&lt;b</Value>'));
  await screen.findByText('Tags saved');
  await user.click(screen.getByRole('button', { name: 'Delete tag team' }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(settings.has('tagging')).toBe(false));
});

test('versioning is turned on at once, and suspended after a question', async () => {
  const { state, settings } = withBucket();
  const { client } = await signedIn(state);
  show(client, <VersioningSection bucket="mine" />);
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'Turn on versioning' }));
  await user.click(await screen.findByRole('button', { name: 'Suspend versioning' }));
  expect(settings.get('versioning')).toContain('Enabled');
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Suspend' }));
  await waitFor(() => expect(settings.get('versioning')).toContain('Suspended'));
});

test('Object Lock is turned on after a question, and only while versions are kept', async () => {
  const { state, settings } = withBucket();
  const { client } = await signedIn(state);
  const { unmount } = show(client, <LockSection bucket="mine" />);
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'Turn on Object Lock' }));
  expect(screen.queryByRole('dialog')).toBeNull();
  unmount();
  settings.set('versioning', '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>');
  client.clear();
  show(client, <LockSection bucket="mine" />);
  await waitFor(() =>
    expect(screen.getByRole('button', { name: 'Turn on Object Lock' }).getAttribute('aria-disabled')).not.toBe('true'),
  );
  await user.click(screen.getByRole('button', { name: 'Turn on Object Lock' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Turn on' }));
  await waitFor(() => expect(settings.get('object-lock')).toContain('Enabled'));
});
