import { expect, test } from 'vitest';
import { readAll, type Window } from './readAll.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

function server(all: number[]) {
  const asked: Window[] = [];
  const read = async (at: Window) => {
    asked.push(at);
    return all.slice(at.offset, at.offset + at.limit);
  };
  return { asked, read };
}

const self = (n: number) => n;

test('a list is read page after page to its end', async () => {
  const { asked, read } = server(numbers(25));
  expect(await readAll(10, self, read)).toEqual({ items: numbers(25), cut: false });
  expect(asked.map(at => at.offset)).toEqual([0, 10, 20]);
});

test('a list that fits in one page costs one request', async () => {
  const { asked, read } = server(numbers(9));
  expect((await readAll(10, self, read)).items).toHaveLength(9);
  expect(asked).toEqual([{ offset: 0, limit: 10 }]);
});

test('a list beyond the bound says that it is cut, and one that ends there does not', async () => {
  expect(await readAll(10, self, server(numbers(31)).read, 30)).toEqual({ items: numbers(30), cut: true });
  expect(await readAll(10, self, server(numbers(30)).read, 30)).toEqual({ items: numbers(30), cut: false });
});

test('an entry that moved to the next page while the list was read is there once', async () => {
  const pages = [[1, 2], [2, 3], []];
  expect((await readAll(2, self, async ({ offset }) => pages[offset / 2] ?? [])).items).toEqual([1, 2, 3]);
});
