import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { newState } from '../../../mock/state.ts';
import { show, signedIn } from '../../test/render.tsx';
import { LifecycleSection } from './LifecycleSection.tsx';
import { ruleFault } from './rules.ts';

function withBucket(lifecycle?: string) {
  const state = newState(location.origin);
  const settings = new Map(lifecycle ? [['lifecycle', lifecycle]] : []);
  state.buckets.set('mine', { region: 'local-1', created: new Date(), objects: new Map(), settings });
  return { state, settings };
}

const rule = {
  id: 'a',
  on: true,
  prefix: '',
  expireDays: '',
  noncurrentDays: '',
  keepNewest: '',
  markers: false,
  abortDays: '',
};

test('a rule that does nothing, or what S3 refuses, is told before it is sent', () => {
  expect(ruleFault(rule, ['a'])).toBe('nothing');
  expect(ruleFault({ ...rule, expireDays: '0' }, ['a'])).toBe('days');
  expect(ruleFault({ ...rule, abortDays: '1', keepNewest: '2' }, ['a'])).toBe('keep');
  expect(ruleFault({ ...rule, noncurrentDays: '1', keepNewest: '101' }, ['a'])).toBe('keep');
  expect(ruleFault({ ...rule, expireDays: '1' }, ['a', 'a'])).toBe('twice');
  expect(ruleFault({ ...rule, noncurrentDays: '1', keepNewest: '100' }, ['a'])).toBeUndefined();
  expect(ruleFault({ ...rule, raw: '<Rule/>' }, ['a'])).toBeUndefined();
});

test('a rule of another program outlives adding one here, and the last one removed removes the setting', async () => {
  const { state, settings } = withBucket(
    '<LifecycleConfiguration><Rule><ID>big</ID><Filter><ObjectSizeGreaterThan>9</ObjectSizeGreaterThan></Filter><Status>Enabled</Status><Expiration><Days>5</Days></Expiration></Rule></LifecycleConfiguration>',
  );
  const { client } = await signedIn(state);
  show(client, <LifecycleSection bucket="mine" />);
  const user = userEvent.setup();
  await screen.findByText(/This rule says more than this form knows/);
  await user.click(screen.getByRole('button', { name: 'Add rule' }));
  await user.type(screen.getByLabelText('Delete objects after days'), '30');
  await screen.findByText('In the whole bucket: objects are deleted 30 days after they were stored.');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(settings.get('lifecycle')).toContain('<Days>30</Days>'));
  expect(settings.get('lifecycle')).toContain('<ObjectSizeGreaterThan>9</ObjectSizeGreaterThan>');
  await screen.findByText('Lifecycle rules saved');
  await user.click(await screen.findByRole('button', { name: 'Remove rule 2' }));
  await user.click(screen.getByRole('button', { name: 'Remove rule 1' }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(settings.has('lifecycle')).toBe(false));
});

test('what rules would delete at once is told while they are written, and asked about before they are saved', async () => {
  const { state, settings } = withBucket();
  state.forecast = {
    rules: [
      {
        id: 'r',
        expired: 12,
        removedVersions: 1,
        removedMarkers: 0,
        abortedUploads: 0,
        freedBytes: 2048,
        waiting: 3,
        locked: 0,
        nextDue: '2026-03-10T00:00:00Z',
      },
    ],
    looked: 100_000,
    complete: false,
  };
  const { client } = await signedIn(state);
  show(client, <LifecycleSection bucket="mine" />);
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'Add rule' }));
  await user.type(screen.getByLabelText('Delete objects after days'), '30');
  await screen.findByText(
    /deletes at once: 12 files and 1 former version\. 2.*KiB become free\. 3 entries wait/,
    undefined,
    {
      timeout: 3000,
    },
  );
  expect(screen.getByText(/the first 100,000 versions/)).toBeDefined();
  await user.click(screen.getByRole('button', { name: 'Save' }));
  const dialog = await screen.findByRole('dialog', { name: 'Save rules that delete at once?' });
  expect(dialog.textContent).toContain('12 files');
  expect(settings.has('lifecycle')).toBe(false);
  await user.click(screen.getByRole('button', { name: 'Save and delete' }));
  await waitFor(() => expect(settings.get('lifecycle')).toContain('<Days>30</Days>'));
});
