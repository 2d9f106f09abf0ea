import { expect, test } from 'vitest';
import { axisEnd, daysOf, knownAction, seriesOf } from './records.ts';

test('days end today, as UTC has it, and cross months', () => {
  expect(daysOf(3, Date.parse('2026-03-01T00:30:00Z'))).toEqual(['2026-02-27', '2026-02-28', '2026-03-01']);
});

test('the largest series stand by themselves and the rest is one', () => {
  const days = ['2026-01-01', '2026-01-02'];
  const rows = [1, 2, 3, 4, 5, 6, 7].flatMap(n => days.map(day => ({ day, key: `k${n}`, requests: n })));
  const series = seriesOf(
    [...rows, { day: '2025-01-01', key: 'old', requests: 99 }],
    days,
    row => row.key,
    row => row.requests,
    'rest',
  );
  expect(series.map(one => one.name)).toEqual(['k7', 'k6', 'k5', 'k4', 'rest']);
  expect(series[4]?.values).toEqual([6, 6]);
});

test('what was never used has no series', () => {
  expect(
    seriesOf(
      [{ day: 'd', key: 'k', n: 0 }],
      ['d'],
      row => row.key,
      row => row.n,
      '',
    ),
  ).toEqual([]);
});

test('an axis ends at a round number that holds the value', () => {
  expect([0, 1, 7, 11, 200, 201].map(most => axisEnd(most, 10))).toEqual([1, 1, 10, 20, 200, 500]);
  expect([1, 1000, 1024, 1025].map(most => axisEnd(most, 2))).toEqual([1, 1024, 1024, 2048]);
});

test('only actions of our own have words', () => {
  for (const name of ['CreateAccessKey', 'CreateContract', 'HandOverBuckets', 'SetContractQuota'] as const)
    expect(knownAction({ action: `coffer:${name}` })).toBe(name);
  expect(knownAction({ action: 's3:CreateBucket' })).toBeUndefined();
});
