import { expect, test } from 'vitest';
import { newState } from '../../mock/state.ts';
import { signedIn } from '../test/render.tsx';
import { body, consoleApi, managementApi, whenSignedOut } from './client.ts';
import { asFailure, Failure, kindOf, mayRetry } from './failure.ts';

test('a status has one kind', () => {
  expect([0, 400, 401, 403, 404, 409, 412, 418, 429, 500, 503].map(kindOf)).toEqual([
    'offline',
    'invalid',
    'signedOut',
    'denied',
    'notFound',
    'conflict',
    'precondition',
    'invalid',
    'limited',
    'server',
    'busy',
  ]);
});

test('only what may pass is tried again', () => {
  const retried = [0, 400, 401, 403, 404, 409, 412, 429, 500, 503].filter(status =>
    mayRetry(new Failure({ kind: kindOf(status), status, code: '', message: '', requestId: '', retryAfter: 0 })),
  );
  expect(retried).toEqual([0, 429, 500, 503]);
  expect(asFailure(new TypeError('Failed to fetch')).kind).toBe('offline');
  expect(asFailure('odd').message).toBe('odd');
});

test('unsafe requests carry the CSRF token, and refusals become failures', async () => {
  const { state } = await signedIn();
  await body(managementApi.POST('/accesskeys', { body: { properties: { description: 'x' } } }));
  expect(state.keys).toHaveLength(1);
  const refused = managementApi.DELETE('/accesskeys/{accesskeyId}', { params: { path: { accesskeyId: 'none' } } });
  await expect(refused).rejects.toMatchObject({ kind: 'notFound', status: 404, code: 'NotFound', requestId: 'mock' });
});

test('an ended session is told once to whoever listens; a wrong password is not an ended session', async () => {
  const { state } = await signedIn(newState(location.origin));
  let told = 0;
  whenSignedOut(() => told++);
  await expect(consoleApi.POST('/console/session', { body: { email: 'x', password: 'y' } })).rejects.toMatchObject({
    kind: 'signedOut',
  });
  expect(told).toBe(0);
  state.sessions.clear();
  await expect(managementApi.GET('/regions')).rejects.toMatchObject({ kind: 'signedOut' });
  expect(told).toBe(1);
});
