import { expect, test } from 'vitest';
import { crumbs, folderFault } from './listing.ts';
import { fromInput } from './picked.ts';

test('the path leads back folder by folder', () => {
  expect(crumbs('')).toEqual([]);
  expect(crumbs('a/b c/')).toEqual([
    { name: 'a', prefix: 'a/' },
    { name: 'b c', prefix: 'a/b c/' },
  ]);
  expect(crumbs('a//')).toEqual([
    { name: 'a', prefix: 'a/' },
    { name: '', prefix: 'a//' },
  ]);
});

test('names of folders have limits, counted in bytes', () => {
  expect(folderFault('', ' ')).toBe('empty');
  expect(folderFault('', 'a/b')).toBe('slash');
  expect(folderFault('', 'x'.repeat(1023))).toBeNull();
  expect(folderFault('', 'x'.repeat(1024))).toBe('long');
  expect(folderFault('', 'ü'.repeat(512))).toBe('long');
});

test('files of a chosen folder keep their place', () => {
  const plain = new File([''], 'a.txt');
  const deep = new File([''], 'b.txt');
  Object.defineProperty(deep, 'webkitRelativePath', { value: 'photos/b.txt' });
  const list = Object.assign([plain, deep], { item: () => null }) as unknown as FileList;
  expect(fromInput(list).map(one => one.path)).toEqual(['a.txt', 'photos/b.txt']);
  expect(fromInput(null)).toEqual([]);
});
