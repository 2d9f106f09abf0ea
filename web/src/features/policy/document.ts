/**
 * A policy as text, cut at its statements: one statement can be changed, added or taken away while every other byte stays as
 * somebody wrote it.
 */

/** A part of a text: from here up to there. */
export interface Span {
  from: number;
  to: number;
}

interface Member extends Span {
  /** Where the member begins, with its name. */
  start: number;
  name: string;
}

const space = /[ \t\r\n]*/y;

function skip(text: string, at: number): number {
  space.lastIndex = at;
  space.exec(text);
  return space.lastIndex;
}

/** Returns where the JSON value that begins here ends. The text is known to be JSON. */
function end(text: string, at: number): number {
  const first = text[at];
  if (first === '"') {
    for (let i = at + 1; ; i++) {
      if (text[i] === '\\') i++;
      else if (text[i] === '"') return i + 1;
    }
  }
  if (first !== '{' && first !== '[') {
    const scalar = /[^,\]}\s]+/y;
    scalar.lastIndex = at;
    scalar.exec(text);
    return scalar.lastIndex;
  }
  let depth = 0;
  for (let i = at; ; i++) {
    const char = text[i];
    if (char === '"') i = end(text, i) - 1;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth === 0) return i + 1;
  }
}

/** Returns the members of the object that begins here, those of one name too. */
function members(text: string, at: number): Member[] {
  const found: Member[] = [];
  for (let i = skip(text, at + 1); text[i] !== '}'; ) {
    const start = i;
    i = end(text, i);
    const name = JSON.parse(text.slice(start, i)) as string;
    const from = skip(text, skip(text, i) + 1);
    const to = end(text, from);
    found.push({ start, name, from, to });
    i = skip(text, to);
    if (text[i] === ',') i = skip(text, i + 1);
  }
  return found;
}

function items(text: string, at: number): Span[] {
  const found: Span[] = [];
  for (let i = skip(text, at + 1); text[i] !== ']'; ) {
    const to = end(text, i);
    found.push({ from: i, to });
    i = skip(text, to);
    if (text[i] === ',') i = skip(text, i + 1);
  }
  return found;
}

/** Returns the names of an object's members in their order, each as often as it occurs; null for text that is no JSON object. */
export function names(text: string): string[] | null {
  return isObject(text) ? members(text, skip(text, 0)).map(member => member.name) : null;
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Says what is wrong with text as JSON; null when nothing is. */
export function jsonFault(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Cut {
  /** The array of statements with its brackets; null where the statement stands without an array, or there is none. */
  list: Span | null;
  statements: Span[];
}

function cut(text: string): Cut | null {
  if (!isObject(text)) return null;
  const found = members(text, skip(text, 0)).filter(member => member.name === 'Statement');
  const [only] = found;
  if (found.length > 1) return null;
  if (!only) return { list: null, statements: [] };
  if (text[only.from] === '[') return { list: only, statements: items(text, only.from) };
  return text[only.from] === '{' ? { list: null, statements: [only] } : null;
}

/** Returns the text of each statement as it is written; null where the text is no policy whose statements can be told apart. */
export function statementsOf(text: string): string[] | null {
  if (text.trim() === '') return [];
  return cut(text)?.statements.map(({ from, to }) => text.slice(from, to)) ?? null;
}

const splice = (text: string, { from, to }: Span, put: string) => text.slice(0, from) + put + text.slice(to);

/** Returns the white space at the beginning of the line on which a place is. */
function margin(text: string, at: number): string {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

const indent = (raw: string, by: string) => raw.replaceAll('\n', `\n${by}`);

function whole(raw: string): string {
  return `{\n  "Version": "2012-10-17",\n  "Statement": [\n    ${indent(raw, '    ')}\n  ]\n}`;
}

/** Returns the policy with another text in the place of a statement. */
export function withReplaced(text: string, index: number, raw: string): string {
  const at = cut(text)?.statements[index];
  return at ? splice(text, at, indent(raw, margin(text, at.from))) : text;
}

/** Returns the policy with a statement more, behind so many others; text that is blank becomes a policy. */
export function withInserted(text: string, index: number, raw: string): string {
  if (text.trim() === '') return whole(raw);
  const parts = cut(text);
  if (!parts) return text;
  const { list, statements } = parts;
  const before = statements[index - 1];
  const first = statements[0];
  if (!list && first) {
    const pair = [text.slice(first.from, first.to), indent(raw, margin(text, first.from))];
    if (!before) pair.reverse();
    return splice(text, first, `[${pair.join(', ')}]`);
  }
  if (!list) return withMember(text, raw);
  if (!first) {
    const by = margin(text, list.from);
    return splice(text, list, `[\n${by}  ${indent(raw, `${by}  `)}\n${by}]`);
  }
  const near = before ?? first;
  const by = margin(text, near.from);
  const lines = text.slice(text.lastIndexOf('\n', near.from) + 1, near.from).trim() === '' && near.from > 0;
  const gap = lines && text.slice(list.from, near.from).includes('\n') ? `,\n${by}` : ', ';
  const put = indent(raw, by);
  if (before) return splice(text, { from: before.to, to: before.to }, gap + put);
  return splice(text, { from: first.from, to: first.from }, put + gap);
}

function withMember(text: string, raw: string): string {
  const at = skip(text, 0);
  const last = members(text, at).at(-1);
  const statement = `"Statement": [\n    ${indent(raw, '    ')}\n  ]`;
  if (last) return splice(text, { from: last.to, to: last.to }, `,\n  ${statement}`);
  return splice(text, { from: at + 1, to: end(text, at) - 1 }, `\n  ${statement}\n`);
}

/** Returns the policy without a statement. */
export function withRemoved(text: string, index: number): string {
  const parts = cut(text);
  const at = parts?.statements[index];
  if (!parts || !at) return text;
  const before = parts.statements[index - 1];
  const after = parts.statements[index + 1];
  if (before) return splice(text, { from: before.to, to: at.to }, '');
  if (after) return splice(text, { from: at.from, to: after.from }, '');
  return splice(text, parts.list ?? at, '[]');
}

/** Returns an object's text without a member. */
export function withoutMember(text: string, name: string): string {
  if (!isObject(text)) return text;
  const all = members(text, skip(text, 0));
  const at = all.findIndex(member => member.name === name);
  const [before, it, after] = [all[at - 1], all[at], all[at + 1]];
  if (!it) return text;
  if (before) return splice(text, { from: before.to, to: it.to }, '');
  return splice(text, { from: it.start, to: after ? after.start : it.to }, '');
}

/** Returns JSON with a line for each part; nothing but white space between its parts changes. */
export function laidOut(text: string): string {
  if (jsonFault(text) !== null) return text;
  let out = '';
  let depth = 0;
  const line = () => `\n${'  '.repeat(depth)}`;
  for (let i = skip(text, 0); i < text.length; i = skip(text, i)) {
    const char = text[i] ?? '';
    if (char === '{' || char === '[') {
      const next = skip(text, i + 1);
      if (text[next] === '}' || text[next] === ']') {
        out += char + text[next];
        i = next + 1;
        continue;
      }
      depth++;
      out += char + line();
      i++;
    } else if (char === '}' || char === ']') {
      depth--;
      out += line() + char;
      i++;
    } else if (char === ',') {
      out += char + line();
      i++;
    } else if (char === ':') {
      out += ': ';
      i++;
    } else {
      const to = char === '"' ? end(text, i) : scalarEnd(text, i);
      out += text.slice(i, to);
      i = to;
    }
  }
  return out;
}

function scalarEnd(text: string, at: number): number {
  let to = at;
  while (to < text.length && !/[,\]}\s:]/.test(text[to] ?? '')) to++;
  return to;
}
