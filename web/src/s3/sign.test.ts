import { expect, test } from 'vitest';
import type { SignRequest } from '../api/types.ts';
import { makeSigner } from './sign.ts';

const request = (key: string): SignRequest => ({ method: 'GET', bucket: 'b', key });

test('requests of one moment travel together, at most 64 in a call, and each gets its own answer', async () => {
  const calls: number[] = [];
  const sign = makeSigner(async requests => {
    calls.push(requests.length);
    return requests.map(one => ({ url: `http://s3/${one.key}`, headers: {} }));
  });
  const answers = await Promise.all(Array.from({ length: 70 }, (_, i) => sign(request(`k${i}`))));
  expect(calls).toEqual([64, 6]);
  expect(answers.map(answer => answer.url)).toEqual(Array.from({ length: 70 }, (_, i) => `http://s3/k${i}`));
  await sign(request('later'));
  expect(calls).toEqual([64, 6, 1]);
});

test('a failure reaches all that asked, and the next call is not harmed', async () => {
  let fail = true;
  const sign = makeSigner(async requests => {
    if (fail) throw new Error('no session');
    return requests.map(() => ({ url: 'http://s3/', headers: {} }));
  });
  const results = await Promise.allSettled([sign(request('a')), sign(request('b'))]);
  expect(results.map(result => result.status)).toEqual(['rejected', 'rejected']);
  fail = false;
  await expect(sign(request('c'))).resolves.toBeDefined();
});

test('an answer that is too short is no success', async () => {
  const sign = makeSigner(async () => [{ url: 'http://s3/', headers: {} }]);
  const results = await Promise.allSettled([sign(request('a')), sign(request('b'))]);
  expect(results.map(result => result.status)).toEqual(['fulfilled', 'rejected']);
});
