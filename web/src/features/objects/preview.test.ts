import { expect, test } from 'vitest';
import { prettyJson, previewOf, readTable, tableLimit } from './preview.ts';

test('what runs scripts is never shown as what it is', () => {
  for (const [type, key] of [
    ['text/html', 'a.html'],
    ['application/xhtml+xml', 'a.xhtml'],
    ['text/javascript', 'a.js'],
    ['', 'page.html'],
  ])
    expect(previewOf(type ?? '', key ?? ''), key).toEqual({ kind: 'text', type: 'text/plain' });
  expect(previewOf('application/x-shockwave-flash', 'a.swf')).toBeNull();
  expect(previewOf('application/zip', 'a.png')).toBeNull();
});

test('the type decides, and the name where the type says nothing', () => {
  expect(previewOf('image/png', 'x')?.kind).toBe('image');
  expect(previewOf('application/octet-stream', 'a/b/Photo.JPG')).toEqual({ kind: 'image', type: 'image/jpeg' });
  expect(previewOf('application/pdf; q=1', 'x')?.kind).toBe('pdf');
  expect(previewOf('application/vnd.api+json', 'x')?.kind).toBe('json');
  expect(previewOf('text/csv', 'x')?.kind).toBe('csv');
  expect(previewOf('video/mp4', 'x')?.kind).toBe('video');
  expect(previewOf('', 'constructor')).toBeNull();
});

test('tables are read with quotes, whichever sign stands between fields', () => {
  expect(readTable('a;b\r\n"x;y";"say ""hi""\nthere"\r\n')).toEqual([
    ['a', 'b'],
    ['x;y', 'say "hi"\nthere'],
  ]);
  expect(readTable('a\tb\n1\t2')).toEqual([
    ['a', 'b'],
    ['1', '2'],
  ]);
  expect(readTable('')).toEqual([]);
  expect(readTable('x,y\n'.repeat(tableLimit.rows + 50))).toHaveLength(tableLimit.rows);
});

test('JSON gets lines, and what is none stays', () => {
  expect(prettyJson('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(prettyJson('{"a":')).toBe('{"a":');
});
