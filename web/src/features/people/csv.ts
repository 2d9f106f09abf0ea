/** People as rows of a table, such as a spreadsheet writes. */

/** Users read from one file at most. */
export const maxUsers = 500;
/** Bytes of a file at most. */
export const maxFile = 256 * 1024;

export type LineFault = 'columns' | 'email' | 'name' | 'twice' | 'taken' | 'group' | 'administrator';

export interface Line {
  /** Of the file, from 1. */
  number: number;
  email: string;
  firstname: string;
  lastname: string;
  administrator: boolean;
  groups: string[];
  fault?: LineFault;
}

export interface Table {
  lines: Line[];
  /** Why nothing can be read. */
  fault?: 'empty' | 'header' | 'many';
}

const columns = ['email', 'firstname', 'lastname', 'administrator', 'groups'] as const;
type Column = (typeof columns)[number];

/** Splits a text into records of fields, as RFC 4180 has them; each with the line it begins at. */
export function records(text: string, separator: string): { line: number; fields: string[] }[] {
  const all: { line: number; fields: string[] }[] = [];
  let fields: string[] = [];
  let field = '';
  let quoted = false;
  let line = 1;
  let begun = 1;
  const end = () => {
    fields.push(field.trim());
    if (fields.some(one => one !== '')) all.push({ line: begun, fields });
    fields = [];
    field = '';
  };
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '\n') line++;
    if (quoted) {
      if (char !== '"') field += char;
      else if (text.charAt(at + 1) === '"') field += text.charAt(++at);
      else quoted = false;
    } else if (char === '"' && field.trim() === '') {
      quoted = true;
      field = '';
    } else if (char === separator) {
      fields.push(field.trim());
      field = '';
    } else if (char === '\n') {
      end();
      begun = line;
    } else if (char !== '\r') field += char;
  }
  end();
  return all;
}

/** Reads people from a table with a head line, and says of each what stands against making them. */
export function readPeople(text: string, taken: ReadonlySet<string>, groups: ReadonlySet<string>): Table {
  const whole = text.replace(/^\uFEFF/, '');
  const first = whole.slice(0, whole.search(/\r?\n|$/));
  const [head, ...rest] = records(whole, first.includes(';') ? ';' : first.includes('\t') ? '\t' : ',');
  if (!head) return { lines: [], fault: 'empty' };
  const places = head.fields.map(name =>
    columns.find(column => column === name.toLowerCase().replaceAll(/[\s_-]/g, '')),
  );
  if (!(['email', 'firstname', 'lastname'] as const).every(one => places.includes(one)))
    return { lines: [], fault: 'header' };
  if (rest.length === 0) return { lines: [], fault: 'empty' };
  if (rest.length > maxUsers) return { lines: [], fault: 'many' };
  const seen = new Set<string>();
  return { lines: rest.map(record => readLine(record, places, { taken, groups, seen })) };
}

interface Known {
  taken: ReadonlySet<string>;
  groups: ReadonlySet<string>;
  seen: Set<string>;
}

function readLine(record: { line: number; fields: string[] }, places: (Column | undefined)[], known: Known): Line {
  const field = (column: Column) => record.fields[places.indexOf(column)] ?? '';
  const yes = field('administrator').toLowerCase();
  const line: Line = {
    number: record.line,
    email: field('email'),
    firstname: field('firstname'),
    lastname: field('lastname'),
    administrator: ['yes', 'true', '1', 'x', 'ja'].includes(yes),
    groups: field('groups')
      .split('|')
      .map(one => one.trim())
      .filter(Boolean),
  };
  line.fault = faultOf(line, record.fields.length > places.length, yes, known);
  known.seen.add(line.email.toLowerCase());
  return line;
}

function faultOf(line: Line, tooMany: boolean, yes: string, known: Known): LineFault | undefined {
  const email = line.email.toLowerCase();
  if (tooMany) return 'columns';
  if (!/^[^@\s]+@[^@\s]+$/.test(email) || email.length > 254) return 'email';
  if (!line.firstname || !line.lastname || line.firstname.length > 128 || line.lastname.length > 128) return 'name';
  if (known.seen.has(email)) return 'twice';
  if (known.taken.has(email)) return 'taken';
  if (!['', 'no', 'false', '0', 'nein', 'yes', 'true', '1', 'x', 'ja'].includes(yes)) return 'administrator';
  return line.groups.every(group => known.groups.has(group)) ? undefined : 'group';
}

/** Writes a field so that a spreadsheet reads it as text: what begins like a formula gets an apostrophe before it. */
export function csvField(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${plain.replaceAll('"', '""')}"`;
}
