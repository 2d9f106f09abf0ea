import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, test } from 'vitest';
import { harmless, newState } from '../../../mock/state.ts';
import type { PolicyReport } from '../../s3/types.ts';
import { show, signedIn } from '../../test/render.tsx';
import { PolicySection, type PolicyView } from './PolicySection.tsx';

const open =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::mine/*"}]}';

async function withPolicy(report: (draft: string) => PolicyReport | null, policy?: string) {
  const state = newState(location.origin);
  const settings = new Map<string, string>();
  if (policy) settings.set('policy', policy);
  state.buckets.set('mine', { region: 'local-1', created: new Date(), objects: new Map(), settings });
  state.reportPolicy = report;
  const { client } = await signedIn(state);
  function Page() {
    const [view, setView] = useState<PolicyView>('builder');
    return <PolicySection bucket="mine" view={view} onView={setView} />;
  }
  show(client, <Page />);
  return { settings, user: userEvent.setup() };
}

const opens: PolicyReport = {
  ...harmless,
  public: true,
  publicStatements: [1],
  everybody: { gains: [{ action: 's3:GetObject', where: ['*'] }], loses: [], places: ['*'] },
};

test('a statement is built, the server’s judgement shown, and a grave one saved after a question', async () => {
  const drafts: string[] = [];
  const { settings, user } = await withPolicy(draft => {
    drafts.push(draft);
    return opens;
  });
  await user.selectOptions(await screen.findByLabelText('Begin with'), 'Everyone may read files');
  await user.click(screen.getByRole('button', { name: 'Add statement' }));
  const dialog = await screen.findByRole('dialog', { name: 'Statement' });
  await user.click(within(dialog).getByRole('button', { name: 'Apply' }));
  await screen.findByText('Everyone may read files in the whole bucket.');
  const verdict = await screen.findByRole('region', { name: 'What the server says of it' });
  await within(verdict).findByText('read files in the whole bucket', {}, { timeout: 3000 });
  expect(screen.getByText('Opens to everybody')).toBeDefined();
  await user.click(screen.getByRole('button', { name: 'Save policy' }));
  const question = await screen.findByRole('dialog', { name: 'Save this policy?' });
  expect(question.textContent).toContain('read files in the whole bucket');
  expect(settings.has('policy')).toBe(false);
  await user.click(within(question).getByRole('button', { name: 'Save all the same' }));
  await waitFor(() => expect(settings.get('policy')).toContain('"s3:GetObject"'));
  expect(drafts.at(-1)).toBe(settings.get('policy'));
});

test('a faulty draft is never put; each fault stands at its statement, in JSON in one list', async () => {
  const { settings, user } = await withPolicy(() => ({
    ...harmless,
    valid: false,
    faults: [{ statement: 1, code: 'MalformedPolicy', message: 'Invalid principal in policy', detail: '99999999' }],
  }));
  await user.click(await screen.findByRole('tab', { name: 'JSON' }));
  await user.click(screen.getByLabelText('Policy (JSON)'));
  await user.paste(open.replace('"*"', '"99999999"'));
  await screen.findByText('Statement 1: 99999999 is nobody whom this server knows.', {}, { timeout: 3000 });
  await user.click(screen.getByRole('button', { name: 'Save policy' }));
  await user.click(screen.getByRole('tab', { name: 'Statements' }));
  const statement = within(screen.getByRole('list', { name: 'Statements of the policy' })).getByRole('listitem');
  await within(statement).findByText('99999999 is nobody whom this server knows.');
  expect(settings.has('policy')).toBe(false);
});

test('what nobody needs to be asked about is saved at once; deleting tells what it takes', async () => {
  const taken: PolicyReport = {
    ...harmless,
    you: { gains: [], loses: [{ action: 's3:PutBucketPolicy' }, { action: 's3:PutBucketAcl' }], places: ['*'] },
  };
  const { settings, user } = await withPolicy(draft => (draft === '' ? taken : harmless), open);
  await user.click(await screen.findByRole('button', { name: 'Duplicate: statement 1' }));
  await user.click(screen.getByRole('button', { name: 'Save policy' }));
  await waitFor(() => expect(settings.get('policy')?.match(/GetObject/g)).toHaveLength(2));
  await user.click(await screen.findByRole('button', { name: 'Delete policy' }));
  const question = await screen.findByRole('dialog', { name: 'Delete policy' });
  expect(question.textContent).toContain('decide who has access');
  expect(question.textContent).toContain('You could not take it back yourself');
  await user.click(within(question).getByRole('button', { name: 'Delete' }));
  await waitFor(() => expect(settings.has('policy')).toBe(false));
});

test('what block public access would refuse is not put, and says so', async () => {
  let asked = 0;
  const { settings, user } = await withPolicy(() => {
    asked++;
    return { ...opens, refusedByPublicAccessBlock: true };
  });
  await user.click(await screen.findByRole('tab', { name: 'JSON' }));
  await user.click(screen.getByLabelText('Policy (JSON)'));
  await user.paste(open);
  await screen.findByText(/Block public access is on \(Refuse public policies\)/, {}, { timeout: 3000 });
  await user.click(screen.getByRole('button', { name: 'Save policy' }));
  await waitFor(() => expect(asked).toBeGreaterThan(1));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(settings.has('policy')).toBe(false);
});

test('who may read the policy and not change it sees it, and why nothing can be saved', async () => {
  const { user, settings } = await withPolicy(() => null, open);
  await screen.findByText('Everyone may read files in the whole bucket.');
  await waitFor(() =>
    expect(screen.getByRole('button', { name: 'Delete policy' }).getAttribute('aria-disabled')).toBe('true'),
  );
  expect(screen.getAllByText('You may read this policy, but not change it.').length).toBeGreaterThan(0);
  expect(screen.queryByRole('alert')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Delete: statement 1' }));
  await screen.findByText('No statements yet');
  await user.click(screen.getByRole('button', { name: 'Save policy' }));
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(settings.get('policy')).toBe(open);
});
