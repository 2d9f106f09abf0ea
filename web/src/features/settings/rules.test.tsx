import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { newState } from '../../../mock/state.ts';
import { show, signedIn } from '../../test/render.tsx';
import { LifecycleSection } from './LifecycleSection.tsx';
import { LoggingSection } from './LoggingSection.tsx';
import { OwnershipSection } from './OwnershipSection.tsx';
import { redirectFault } from './RedirectRules.tsx';
import { ruleFault } from './rules.ts';
import { siteOf, WebsiteSection } from './WebsiteSection.tsx';

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
  tags: '',
  larger: '',
  smaller: '',
  expireDays: '',
  expireOn: '',
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
  const days = { ...rule, expireDays: '1' };
  expect(ruleFault({ ...days, expireOn: '2027-01-31' }, ['a'])).toBe('both');
  expect(ruleFault({ ...rule, expireOn: '2027-01-31' }, ['a'])).toBeUndefined();
  expect(ruleFault({ ...days, tags: 'a=1\na=2' }, ['a'])).toBe('tags');
  expect(ruleFault({ ...days, larger: '10', smaller: '10' }, ['a'])).toBe('sizes');
  expect(ruleFault({ ...days, larger: '9', smaller: '10', tags: 'a=1' }, ['a'])).toBeUndefined();
  expect(ruleFault({ ...days, abortDays: '1', tags: 'a=1' }, ['a'])).toBe('filtered');
});

test('a rule of another program outlives adding one here, and the last one removed removes the setting', async () => {
  const { state, settings } = withBucket(
    '<LifecycleConfiguration><Rule><ID>cold</ID><Filter/><Status>Enabled</Status><Transition><Days>5</Days><StorageClass>GLACIER</StorageClass></Transition></Rule></LifecycleConfiguration>',
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
  expect(settings.get('lifecycle')).toContain('<StorageClass>GLACIER</StorageClass>');
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
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  await waitFor(() => expect(settings.get('lifecycle')).toContain('<Days>30</Days>'));
});

test('a list is changed line by line, and one that opens the bucket is asked about', async () => {
  const { state, settings } = withBucket();
  settings.set(
    'acl',
    '<AccessControlPolicy><Owner><ID>31000000</ID></Owner><AccessControlList><Grant><Grantee><ID>31000000</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>',
  );
  const { client } = await signedIn(state);
  show(client, <OwnershipSection bucket="mine" />);
  const user = userEvent.setup();
  await screen.findByText('The owner: everything');
  await user.type(screen.getByLabelText('ID or email'), 'anna');
  await user.click(screen.getByRole('button', { name: 'Add' }));
  await screen.findByText(/Enter a Canonical User ID/);
  await user.type(screen.getByLabelText('ID or email'), '@example.org');
  await user.click(screen.getByRole('button', { name: 'Add' }));
  await screen.findByText('anna@example.org: list the files');
  await user.click(screen.getByRole('button', { name: 'Save list' }));
  await waitFor(() => expect(settings.get('acl')).toContain('<EmailAddress>anna@example.org</EmailAddress>'));
  expect(settings.get('acl')).toContain('FULL_CONTROL');
  await screen.findByText('Access control list saved');
  await user.selectOptions(await screen.findByLabelText('Who'), 'Everybody');
  await user.click(screen.getByRole('button', { name: 'Add' }));
  await user.click(screen.getByRole('button', { name: 'Save list' }));
  const dialog = await screen.findByRole('dialog', { name: 'Open the bucket?' });
  expect(dialog.textContent).toContain('Everybody: list the files');
  expect(settings.get('acl')).not.toContain('AllUsers');
});

test('a target that takes no logs is told, and made to take them without losing what its policy says', async () => {
  const { state } = withBucket();
  const logs = new Map([
    ['acl', '<AccessControlPolicy><Owner><ID>31000000</ID></Owner><AccessControlList/></AccessControlPolicy>'],
    [
      'policy',
      '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::logs/*"}]}',
    ],
  ]);
  state.buckets.set('logs', { region: 'local-1', created: new Date(), objects: new Map(), settings: logs });
  const { client } = await signedIn(state);
  show(client, <LoggingSection bucket="mine" />);
  const user = userEvent.setup();
  await screen.findByRole('option', { name: 'logs' });
  await user.selectOptions(screen.getByLabelText('Deliver to'), 'logs');
  await screen.findByText('logs does not let logs in');
  await user.click(screen.getByRole('button', { name: 'Let logs in' }));
  await waitFor(() => expect(screen.queryByText('logs does not let logs in')).toBeNull());
  const policy = JSON.parse(logs.get('policy') ?? '') as { Statement: { Action: unknown; Principal: unknown }[] };
  expect(policy.Statement.map(one => one.Action)).toEqual(['s3:DeleteObject', ['s3:PutObject']]);
  expect(policy.Statement[1]?.Principal).toEqual({ Service: ['logging.s3.amazonaws.com'] });
});

test('the address of a site is that of S3 with the host of the bucket', () => {
  expect(siteOf('my.site', 's3-website.localhost', 'http://127.0.0.1:9000')).toBe(
    'http://my.site.s3-website.localhost:9000/',
  );
  expect(siteOf('site', 'web.example.com', 'https://s3.example.com')).toBe('https://site.web.example.com/');
});

test('redirections are built, and those without a destination not saved', async () => {
  const { state, settings } = withBucket();
  const { client } = await signedIn(state);
  show(client, <WebsiteSection bucket="mine" />);
  const user = userEvent.setup();
  await user.click(await screen.findByRole('checkbox', { name: 'Serve this bucket as a website' }));
  await user.click(screen.getByRole('button', { name: 'Add redirection' }));
  await user.type(screen.getByLabelText('Only names that begin with'), 'old/');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText(/Say where to/);
  expect(settings.has('website')).toBe(false);
  await user.selectOptions(screen.getByLabelText('The name there'), 'begins otherwise');
  await user.type(screen.getByLabelText('New beginning'), 'new/');
  await screen.findByText('What begins with “old/” leads to /new/…');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() =>
    expect(settings.get('website')).toContain(
      '<RoutingRule><Condition><KeyPrefixEquals>old/</KeyPrefixEquals></Condition><Redirect><ReplaceKeyPrefixWith>new/</ReplaceKeyPrefixWith></Redirect></RoutingRule>',
    ),
  );
});

test('a redirection says what stands against it', () => {
  const given = { prefix: '', error: '', host: 'x', protocol: '', key: 'same', to: '', code: '' } as const;
  expect(redirectFault(given)).toBeUndefined();
  expect(redirectFault({ ...given, host: '' })).toBe('nowhere');
  expect(redirectFault({ ...given, host: '', protocol: 'https' })).toBeUndefined();
  expect(redirectFault({ ...given, host: 'https://x' })).toBe('host');
  expect(redirectFault({ ...given, error: '301' })).toBe('error');
  expect(redirectFault({ ...given, error: '404' })).toBeUndefined();
});

test('tags, sizes and a day are part of a rule and of its sentence', async () => {
  const { state, settings } = withBucket();
  const { client } = await signedIn(state);
  show(client, <LifecycleSection bucket="mine" />);
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'Add rule' }));
  await user.click(screen.getByRole('button', { name: 'Tags, sizes, a day …' }));
  await user.type(screen.getByLabelText('Only with these tags'), 'state=draft');
  await user.type(screen.getByLabelText('Only larger than'), '1024');
  await user.type(screen.getByLabelText('or delete them on'), '2027-01-31');
  await screen.findByText(
    /In the whole bucket with the tags state=draft and larger than 1.*KiB: objects are deleted on .*2027\./,
  );
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() =>
    expect(settings.get('lifecycle')).toContain(
      '<Filter><And><Tag><Key>state</Key><Value>draft</Value></Tag><ObjectSizeGreaterThan>1024</ObjectSizeGreaterThan></And></Filter>',
    ),
  );
  expect(settings.get('lifecycle')).toContain('<Date>2027-01-31T00:00:00.000Z</Date>');
});
