import { expect, test } from 'vitest';
import { nothing, type Step, step } from './selection.ts';

const keys = ['a', 'b', 'c', 'd', 'e'];
const after = (...steps: Step[]) => {
  const end = steps.reduce((state, one) => step(state, keys, one), nothing);
  return { chosen: [...end.chosen].sort().join(''), active: end.active };
};

test('arrows move without choosing and stop at the ends', () => {
  expect(after({ act: 'move', to: 0, extend: false }, { act: 'move', to: -1, extend: false })).toEqual({
    chosen: '',
    active: 0,
  });
  expect(after({ act: 'move', to: 99, extend: false })).toEqual({ chosen: '', active: 4 });
});

test('Shift extends from the anchor in both directions', () => {
  const start: Step = { act: 'toggle', at: 2 };
  expect(after(start, { act: 'move', to: 3, extend: true }, { act: 'move', to: 4, extend: true })).toEqual({
    chosen: 'cde',
    active: 4,
  });
  expect(after(start, { act: 'move', to: 4, extend: true }, { act: 'move', to: 1, extend: true })).toEqual({
    chosen: 'bc',
    active: 1,
  });
  expect(after(start, { act: 'range', to: 0 })).toEqual({ chosen: 'abc', active: 0 });
});

test('toggle, all and clear', () => {
  expect(after({ act: 'toggle', at: 1 }, { act: 'toggle', at: 3 }, { act: 'toggle', at: 1 }).chosen).toBe('d');
  expect(after({ act: 'all' }).chosen).toBe('abcde');
  expect(after({ act: 'all' }, { act: 'clear' }).chosen).toBe('');
  expect(after({ act: 'toggle', at: 9 }).chosen).toBe('');
});

test('rows that are gone are chosen no more', () => {
  const state = step(step(nothing, keys, { act: 'all' }), ['a', 'c'], { act: 'keep' });
  expect([...state.chosen]).toEqual(['a', 'c']);
  expect(step({ ...state, active: 4 }, ['a'], { act: 'keep' }).active).toBe(0);
});
