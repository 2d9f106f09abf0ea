import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { handle } from '../../../mock/handler.ts';
import { maxAttempts, newState, ownerEmail, ownerPassword } from '../../../mock/state.ts';
import { en } from '../../i18n/en/index.ts';
import { I18nProvider } from '../../i18n/index.tsx';
import { makeRouter } from '../../routes/router.tsx';
import { theme } from '../../theme/theme.ts';
import { makeQueryClient } from './session.ts';

/** Shows the whole console at an address, with nobody signed in. */
async function visit(address: string) {
  const state = newState(location.origin);
  const sent: string[] = [];
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(input, init);
    sent.push(`${request.method} ${request.url}`);
    const answer = await handle(state, request, `coffer_session=${[...state.sessions.keys()].at(-1)}`);
    if (!answer) throw new TypeError('no answer');
    return answer;
  });
  const client = makeQueryClient();
  const history = createMemoryHistory({ initialEntries: [address] });
  render(
    <MantineProvider theme={theme} env="test" withCssVariables={false} withGlobalClasses={false}>
      <I18nProvider initial="en" catalogue={en}>
        <QueryClientProvider client={client}>
          <RouterProvider router={makeRouter(client, history)} />
        </QueryClientProvider>
      </I18nProvider>
    </MantineProvider>,
  );
  await screen.findByRole('heading', { name: 'Sign in' });
  return { state, sent, history };
}

async function enter(email: string, password: string) {
  const user = userEvent.setup();
  await user.clear(screen.getByLabelText('Email'));
  await user.type(screen.getByLabelText('Email'), email);
  await user.clear(screen.getByLabelText('Password'));
  await user.type(screen.getByLabelText('Password'), password);
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
}

test('password managers can fill the form in, and nothing is sent while it is empty', async () => {
  const { sent } = await visit('/sign-in');
  expect(screen.getByLabelText('Email').getAttribute('autocomplete')).toBe('username');
  expect(screen.getByLabelText('Password').getAttribute('autocomplete')).toBe('current-password');
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByText('Enter your email address.')).toBeDefined();
  expect(sent.filter(line => line.startsWith('POST'))).toEqual([]);
});

test('the page that was asked for follows, and the password is in no address', async () => {
  const { history, sent } = await visit('/storage/object-storage?tab=keys');
  expect(history.location.href).toContain('/sign-in?to=');
  await enter(ownerEmail, ownerPassword);
  expect(await screen.findByRole('tab', { name: 'Key management', selected: true })).toBeDefined();
  expect(history.location.href).toBe('/storage/object-storage?tab=keys');
  expect(sent.join()).not.toContain(ownerPassword);
});

test('wrong words are told apart from a pause, which counts down and holds the button', async () => {
  const { state } = await visit('/');
  await enter(ownerEmail, 'wrong');
  expect((await screen.findByRole('alert')).textContent).toContain('Email and password do not match');
  state.attempts = maxAttempts;
  await enter(ownerEmail, ownerPassword);
  await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('Too many attempts'));
  expect(screen.getByRole('alert').textContent).toMatch(/Next attempt in 0:\d\d/);
  expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Sign in' }).disabled).toBe(true);
});
