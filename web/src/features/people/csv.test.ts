import { expect, test } from 'vitest';
import { csvField, maxUsers, readPeople, records } from './csv.ts';

const read = (text: string) => readPeople(text, new Set(['taken@example.org']), new Set(['Ops', 'Storage users']));

test('quotes, other separators and a byte order mark are understood', () => {
  expect(records('a,"b ""c"", d"\r\n\r\n"e\nf",g', ',')).toEqual([
    { line: 1, fields: ['a', 'b "c", d'] },
    { line: 3, fields: ['e\nf', 'g'] },
  ]);
  const { lines } = read('\uFEFFE-Mail;First name;Last_Name;Groups\na@b;Ada;Lovelace;Ops|Storage users\n');
  expect(lines).toEqual([
    {
      number: 2,
      email: 'a@b',
      firstname: 'Ada',
      lastname: 'Lovelace',
      administrator: false,
      groups: ['Ops', 'Storage users'],
      fault: undefined,
    },
  ]);
});

test('each line says what is wrong with it', () => {
  const { lines } = read(
    [
      'email,firstname,lastname,administrator,groups',
      'ok@example.org,A,B,yes,Ops',
      'OK@example.org,A,B,,',
      'taken@example.org,A,B,,',
      'nobody,A,B,,',
      'c@example.org,,B,,',
      'd@example.org,A,B,perhaps,',
      'e@example.org,A,B,,Nobodies',
      'f@example.org,A,B,,,more',
    ].join('\n'),
  );
  expect(lines.map(line => line.fault)).toEqual([
    undefined,
    'twice',
    'taken',
    'email',
    'name',
    'administrator',
    'group',
    'columns',
  ]);
  expect(lines[0]?.administrator).toBe(true);
  expect(lines[7]?.number).toBe(9);
});

test('a table without its columns, without people or with too many is refused whole', () => {
  expect(read('').fault).toBe('empty');
  expect(read('email,firstname,lastname\n').fault).toBe('empty');
  expect(read('mail,name\na@b,c').fault).toBe('header');
  expect(read(`email,firstname,lastname\n${'a@b,c,d\n'.repeat(maxUsers + 1)}`).fault).toBe('many');
});

test('what looks like a formula is written as text', () => {
  expect(csvField('=1+1')).toBe('"\'=1+1"');
  expect(csvField('a "b"')).toBe('"a ""b"""');
});
