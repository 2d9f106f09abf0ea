import { beforeEach, expect, test, vi } from 'vitest';
import { Failure, type FailureKind } from '../../api/failure.ts';
import { crc32OfBlob } from '../../s3/crc32.ts';
import type { StoredPart } from '../../s3/types.ts';
import { copyName, Engine, filesAtOnce } from './engine.ts';
import type { Journal, JournalEntry } from './journal.ts';
import type { Transfer } from './types.ts';
import { partSizeFor, partsAtOnce, singleLimit, tries, type Wire } from './upload.ts';

const mebibyte = 1024 * 1024;
/** The tests send small files in small parts. */
const unit = 64;

function failure(kind: FailureKind, code = ''): Failure {
  return new Failure({ kind, status: 500, code, message: kind, requestId: '', retryAfter: 0 });
}

/** A store that the engine talks to; requests may be held up, fail, or be counted. */
class Store {
  objects = new Map<string, string>();
  uploads = new Map<string, Map<number, StoredPart & { text: string }>>();
  aborted: string[] = [];
  sent: { name: string; bytes: number }[] = [];
  pauses: number[] = [];
  /** Called before each request that carries bytes. */
  before: (name: string, signal: AbortSignal) => Promise<void> = async () => {};
  now = 0;
  most = 0;

  wire: Wire = {
    sign: async request => ({
      url: `${request.key}${request.query?.partNumber ? `#${request.query.partNumber}#${request.query.uploadId}` : ''}`,
      headers: request.headers ?? {},
    }),
    send: async (signed, data, onSent, signal) => {
      const [key = '', part, uploadId = ''] = signed.url.split('#');
      this.most = Math.max(this.most, ++this.now);
      try {
        await this.before(part ? `${key}#${part}` : key, signal);
        signal.throwIfAborted();
      } finally {
        this.now--;
      }
      if (!part && signed.headers['if-none-match'] && this.objects.has(key)) throw failure('precondition');
      this.sent.push({ name: signed.url, bytes: data.size });
      onSent(data.size);
      const text = await data.text();
      if (!part) this.objects.set(key, text);
      else {
        const known = this.uploads.get(uploadId);
        if (!known) throw failure('notFound', 'NoSuchUpload');
        const crc32 = signed.headers['x-amz-checksum-crc32'] ?? '';
        known.set(Number(part), { number: Number(part), etag: `"${part}"`, size: data.size, crc32, text });
      }
      return new Headers({ etag: `"${part ?? key}"` });
    },
    exists: async (_, key) => this.objects.has(key),
    create: async (_, key) => {
      const id = `${key}-upload-${this.uploads.size}`;
      this.uploads.set(id, new Map());
      return id;
    },
    complete: async (_, key, uploadId, parts, headers) => {
      if (headers['if-none-match'] && this.objects.has(key)) throw failure('precondition');
      const known = this.uploads.get(uploadId);
      this.objects.set(key, parts.map(part => known?.get(part.number)?.text ?? '?').join(''));
      this.uploads.delete(uploadId);
    },
    abort: async (_, __, uploadId) => {
      this.aborted.push(uploadId);
      this.uploads.delete(uploadId);
    },
    parts: async (_, __, uploadId) => [...(this.uploads.get(uploadId)?.values() ?? [])],
    checksum: data => crc32OfBlob(data),
    wait: async milliseconds => {
      this.pauses.push(milliseconds);
    },
  };
}

class MemoryJournal implements Journal {
  entries = new Map<string, JournalEntry>();
  put = async (entry: JournalEntry) => void this.entries.set(entry.uploadId, entry);
  remove = async (uploadId: string) => void this.entries.delete(uploadId);
  all = async (user: string) => [...this.entries.values()].filter(entry => entry.user === user);
}

let store: Store;
let journal: MemoryJournal;
let engine: Engine;
let arrived: string[];

function newEngine(): Engine {
  return new Engine({
    wire: store.wire,
    journal,
    sizes: { single: 16 * unit, part: () => 8 * unit },
    onArrived: (_, key) => arrived.push(key),
    tellEvery: 0,
  });
}

beforeEach(async () => {
  store = new Store();
  journal = new MemoryJournal();
  arrived = [];
  engine = newEngine();
  await engine.begin('ada');
});

function file(name: string, text: string, lastModified = 1): File {
  return new File([text], name, { type: 'text/plain', lastModified });
}

const picked = (one: File) => [{ path: one.name, file: one }];
const large = (units: number) => file('large', `${'x'.repeat(units * unit)}end`);

function until(done: (all: readonly Transfer[]) => boolean): Promise<readonly Transfer[]> {
  return new Promise(resolve => {
    const look = () => {
      const all = engine.list();
      if (!done(all)) return;
      end();
      resolve(all);
    };
    const end = engine.subscribe(look);
    look();
  });
}

const all = (state: Transfer['state']) => (list: readonly Transfer[]) =>
  list.length > 0 && list.every(one => one.state === state);

/** Holds the requests whose names match until let go. */
function gate(matches: (name: string) => boolean) {
  let open: () => void = () => {};
  const opened = new Promise<void>(resolve => {
    open = resolve;
  });
  let reached: () => void = () => {};
  const waiting = new Promise<void>(resolve => {
    reached = resolve;
  });
  store.before = (name, signal) => {
    if (!matches(name)) return Promise.resolve();
    reached();
    return Promise.race([
      opened,
      new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
    ]);
  };
  return { open, waiting };
}

test('a small file goes in one request, a large one in parts, in order and whole', async () => {
  const big = large(20);
  engine.add('b', 'folder/', [...picked(file('a.txt', 'hello')), ...picked(big)]);
  const done = await until(all('done'));
  expect(store.objects.get('folder/a.txt')).toBe('hello');
  expect(store.objects.get('folder/large')).toBe(await big.text());
  expect(store.sent.map(one => one.bytes).sort((a, b) => a - b)).toEqual([5, 4 * unit + 3, 8 * unit, 8 * unit]);
  expect(done.map(one => one.sent)).toEqual([5, big.size]);
  expect(arrived.sort()).toEqual(['folder/a.txt', 'folder/large']);
  expect(journal.entries.size).toBe(0);
});

test('a paused upload keeps its parts and goes on from there', async () => {
  const held = gate(name => name === 'large#2');
  engine.add('b', '', picked(large(30)));
  await held.waiting;
  await until(list => (list[0]?.sent ?? 0) >= 16 * unit);
  engine.pause(1);
  expect(engine.list()[0]?.state).toBe('paused');
  expect(journal.entries.size).toBe(1);
  const before = store.sent.length;
  store.before = async () => {};
  engine.resume(1);
  await until(all('done'));
  const again = store.sent.slice(before).map(one => one.name.split('#')[1]);
  expect(again).toEqual(['2']);
  expect(store.objects.get('large')?.length).toBe(30 * unit + 3);
});

test('a page that was closed goes on from the journal when the same file is chosen', async () => {
  const held = gate(name => name === 'large#3');
  const chosen = large(30);
  engine.add('b', '', picked(chosen));
  await held.waiting;
  await until(list => (list[0]?.sent ?? 0) >= 22 * unit);
  engine.pause(1);
  store.before = async () => {};
  store.sent = [];

  engine = newEngine();
  await engine.begin('somebody else');
  expect(engine.list()).toEqual([]);
  await engine.begin('ada');
  expect(engine.list().map(one => one.state)).toEqual(['interrupted']);
  expect(engine.choose(1, file('large', 'other'))).toBe(false);
  expect(engine.choose(1, chosen)).toBe(true);
  await until(all('done'));
  expect(store.sent.map(one => one.name.split('#')[1])).toEqual(['3']);
  expect(store.objects.get('large')?.length).toBe(chosen.size);
  expect(journal.entries.size).toBe(0);
});

test('dropping the same file again continues the interrupted upload instead of a second one', async () => {
  const chosen = large(20);
  const held = gate(name => name === 'large#1');
  engine.add('b', '', picked(chosen));
  await held.waiting;
  engine.pause(1);
  store.before = async () => {};
  engine = newEngine();
  await engine.begin('ada');
  engine.add('b', '', picked(chosen));
  await until(all('done'));
  expect(engine.list().length).toBe(1);
  expect(store.uploads.size).toBe(0);
});

test('a passing failure is tried again with growing pauses, a lasting one is told and can be tried later', async () => {
  let failures = 2;
  store.before = async () => {
    if (failures-- > 0) throw failure('busy');
  };
  engine.add('b', '', picked(file('a', '1')));
  await until(all('done'));
  expect(store.pauses).toEqual([500, 1000]);

  store.before = async () => {
    throw failure('offline');
  };
  engine.add('b', '', picked(file('c', '1')));
  await until(list => list[1]?.state === 'failed');
  expect(store.pauses.length).toBe(2 + tries - 1);
  expect(engine.list()[1]?.failure?.kind).toBe('offline');
  store.before = async () => {};
  engine.resume(2);
  await until(all('done'));
});

test('a refusal is not tried again', async () => {
  store.before = async () => {
    throw failure('denied', 'AccessDenied');
  };
  engine.add('b', '', picked(file('a', '1')));
  await until(all('failed'));
  expect(store.pauses).toEqual([]);
});

test('one failing part stops the file, and its other parts', async () => {
  store.before = async name => {
    if (name === 'large#2') throw failure('denied');
  };
  engine.add('b', '', picked(large(60)));
  await until(all('failed'));
  expect(store.sent.length).toBeLessThan(7);
  expect(journal.entries.size).toBe(1);
});

test('an ended session pauses uploads, so that they go on after signing in', async () => {
  store.before = async () => {
    throw failure('signedOut');
  };
  engine.add('b', '', picked(file('a', '1')));
  await until(all('paused'));
  store.before = async () => {};
  engine.resumeAll();
  await until(all('done'));
});

test('a taken name asks; skip, overwrite and keep both do what they say', async () => {
  for (const name of ['skip', 'over', 'keep.txt']) store.objects.set(name, 'old');
  store.objects.set('keep (2).txt', 'old');
  engine.add('b', '', [
    ...picked(file('skip', 'new')),
    ...picked(file('over', 'new')),
    ...picked(file('keep.txt', 'new')),
  ]);
  await until(all('conflict'));
  engine.resolve(1, 'skip', false);
  engine.resolve(2, 'overwrite', false);
  engine.resolve(3, 'keep', false);
  await until(list => list.every(one => one.state === 'done' || one.state === 'skipped'));
  expect(Object.fromEntries(store.objects)).toEqual({
    skip: 'old',
    over: 'new',
    'keep.txt': 'old',
    'keep (2).txt': 'old',
    'keep (3).txt': 'new',
  });
  expect(engine.list()[2]?.key).toBe('keep (3).txt');
});

test('a large file asks before a byte is sent; one answer can serve all', async () => {
  store.objects.set('large', 'old');
  store.objects.set('a', 'old');
  engine.add('b', '', [...picked(large(20)), ...picked(file('a', 'new'))]);
  await until(all('conflict'));
  expect(store.sent).toEqual([]);
  engine.resolve(1, 'overwrite', true);
  await until(all('done'));
  expect(store.objects.get('a')).toBe('new');
});

test('cancelling drops what the server holds', async () => {
  const held = gate(name => name.startsWith('large#'));
  engine.add('b', '', picked(large(20)));
  await held.waiting;
  engine.cancel(1);
  expect(engine.list()[0]?.state).toBe('cancelled');
  await vi.waitFor(() => expect(store.aborted.length).toBe(1));
  expect(journal.entries.size).toBe(0);
  engine.clear();
  expect(engine.list()).toEqual([]);
});

test('no more than a few files and parts are under way at once', async () => {
  store.before = () => new Promise(resolve => setTimeout(resolve, 1));
  engine.add(
    'b',
    '',
    Array.from({ length: 12 }, (_, i) => ({ path: `f${i}`, file: file(`f${i}`, 'x') })),
  );
  await until(all('done'));
  expect(store.most).toBeLessThanOrEqual(filesAtOnce);
  store.most = 0;
  engine.add('b', '', picked(large(64)));
  await until(all('done'));
  expect(store.most).toBeLessThanOrEqual(partsAtOnce);
});

test('an upload that the server forgot begins anew when tried again', async () => {
  const held = gate(name => name === 'large#1');
  engine.add('b', '', picked(large(20)));
  await held.waiting;
  engine.pause(1);
  store.uploads.clear();
  store.before = async () => {};
  engine.resume(1);
  await until(all('failed'));
  engine.resume(1);
  await until(all('done'));
});

test('parts stay within what S3 allows', () => {
  expect(partSizeFor(singleLimit + 1)).toBe(8 * mebibyte);
  for (const size of [100 * 1024 ** 3, 5 * 1024 ** 4]) {
    expect(Math.ceil(size / partSizeFor(size))).toBeLessThanOrEqual(10_000);
    expect(partSizeFor(size)).toBeLessThanOrEqual(5 * 1024 ** 3);
  }
});

test('copies are numbered before the ending', () => {
  expect(copyName('a/b.txt', 2)).toBe('a/b (2).txt');
  expect(copyName('a/b (2).txt', 3)).toBe('a/b (3).txt');
  expect(copyName('.profile', 2)).toBe('.profile (2)');
  expect(copyName('a.b/c', 2)).toBe('a.b/c (2)');
});
