import { Failure, mayRetry, offline } from '../../api/failure.ts';
import type { SignedRequest, SignRequest } from '../../api/types.ts';
import type { Send } from '../../s3/client.ts';
import type { StoredPart } from '../../s3/types.ts';

/** What an upload needs of the world; replaced in tests. */
export interface Wire {
  sign: (request: SignRequest) => Promise<SignedRequest>;
  send: Send;
  exists: (bucket: string, key: string, signal: AbortSignal) => Promise<boolean>;
  create: (bucket: string, key: string, contentType: string, signal: AbortSignal) => Promise<string>;
  complete: (
    bucket: string,
    key: string,
    uploadId: string,
    parts: StoredPart[],
    headers: Record<string, string>,
    signal: AbortSignal,
  ) => Promise<void>;
  abort: (bucket: string, key: string, uploadId: string) => Promise<void>;
  parts: (bucket: string, key: string, uploadId: string, signal: AbortSignal) => Promise<StoredPart[]>;
  /** The CRC-32 of the bytes in base64, read as a stream. */
  checksum: (data: Blob, signal: AbortSignal) => Promise<string>;
  /** Passes after so many milliseconds, or throws when the signal comes. */
  wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** When a file is sent in parts, and in which. */
export interface Sizes {
  /** Bytes up to which a file is sent in one request. */
  single: number;
  /** Bytes of a part of a file of so many bytes. */
  part: (size: number) => number;
}

/** A multipart upload that has begun. */
export interface Begun {
  uploadId: string;
  partSize: number;
  /** What the server holds, by part number. */
  stored: Map<number, StoredPart>;
}

export interface Task {
  bucket: string;
  key: string;
  file: Blob;
  contentType: string;
  /** Whether an object of the same name may be replaced. */
  overwrite: boolean;
  begun: Begun | null;
  /** Told once when a multipart upload begins, so that it can be found again. */
  onBegun: (begun: Begun) => Promise<void>;
  onSent: (bytes: number) => void;
  signal: AbortSignal;
}

const mebibyte = 1024 * 1024;
/** Bytes up to which a file is sent in one request. */
export const singleLimit = 16 * mebibyte;
/** Parts of one file under way at the same time. */
export const partsAtOnce = 4;
/** Tries of one request before it is given up. */
export const tries = 6;

/** Returns the bytes of a part: large enough that 5,000 of them hold the file (S3 allows 10,000), small enough to lose on a pause. */
export function partSizeFor(size: number): number {
  return Math.max(8 * mebibyte, Math.ceil(size / 5000 / mebibyte) * mebibyte);
}

export const ourSizes: Sizes = { single: singleLimit, part: partSizeFor };

/** Thrown when the name is taken and may not be replaced. */
export class NameTaken extends Error {}

/** Uploads one file: in one request, or in parts when it is large. What is interrupted goes on from `begun` when it is called again. */
export async function upload(wire: Wire, sizes: Sizes, task: Task): Promise<void> {
  if (task.file.size <= sizes.single && !task.begun) await single(wire, task);
  else await multipart(wire, sizes, task);
}

async function single(wire: Wire, task: Task): Promise<void> {
  const { bucket, key, file, signal } = task;
  const headers: Record<string, string> = {
    'content-type': task.contentType,
    'x-amz-checksum-crc32': await readable(wire.checksum(file, signal)),
  };
  if (!task.overwrite) headers['if-none-match'] = '*';
  await orNameTaken(
    again(wire, signal, async () => {
      task.onSent(0);
      const signed = await wire.sign({ method: 'PUT', bucket, key, headers });
      await wire.send(signed, file, task.onSent, signal);
    }),
  );
  task.onSent(file.size);
}

async function multipart(wire: Wire, sizes: Sizes, task: Task): Promise<void> {
  const { bucket, key, file, signal } = task;
  let begun = task.begun;
  if (!begun) {
    if (!task.overwrite && (await again(wire, signal, () => wire.exists(bucket, key, signal)))) throw new NameTaken();
    const uploadId = await again(wire, signal, () => wire.create(bucket, key, task.contentType, signal));
    begun = { uploadId, partSize: sizes.part(file.size), stored: new Map() };
    await task.onBegun(begun);
  }
  await sendParts(wire, task, begun);
  const parts = [...begun.stored.values()].sort((a, b) => a.number - b.number);
  const condition: Record<string, string> = task.overwrite ? {} : { 'if-none-match': '*' };
  const { uploadId } = begun;
  await orNameTaken(again(wire, signal, () => wire.complete(bucket, key, uploadId, parts, condition, signal)));
}

async function sendParts(wire: Wire, task: Task, begun: Begun): Promise<void> {
  const { file } = task;
  const count = Math.max(1, Math.ceil(file.size / begun.partSize));
  const flying = new Map<number, number>();
  const tell = () => {
    let bytes = 0;
    for (const part of begun.stored.values()) bytes += part.size;
    for (const sent of flying.values()) bytes += sent;
    task.onSent(Math.min(bytes, file.size));
  };
  tell();
  let next = 1;
  const failed = new AbortController();
  const signal = AbortSignal.any([task.signal, failed.signal]);
  const worker = async () => {
    while (next <= count) {
      const number = next++;
      if (begun.stored.has(number)) continue;
      const slice = file.slice((number - 1) * begun.partSize, Math.min(number * begun.partSize, file.size));
      const part = await sendPart(wire, { ...task, signal }, begun.uploadId, number, slice, bytes => {
        flying.set(number, bytes);
        tell();
      });
      flying.delete(number);
      begun.stored.set(number, part);
      tell();
    }
  };
  const workers = Array.from({ length: Math.min(partsAtOnce, count) }, () =>
    worker().catch(error => {
      failed.abort(error);
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(workers);
  task.signal.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

async function sendPart(
  wire: Wire,
  task: Task,
  uploadId: string,
  number: number,
  data: Blob,
  onSent: (bytes: number) => void,
): Promise<StoredPart> {
  const { bucket, key, signal } = task;
  const crc32 = await readable(wire.checksum(data, signal));
  const headers = { 'content-type': 'application/octet-stream', 'x-amz-checksum-crc32': crc32 };
  return again(wire, signal, async () => {
    onSent(0);
    const signed = await wire.sign({
      method: 'PUT',
      bucket,
      key,
      query: { partNumber: String(number), uploadId },
      headers,
    });
    const answer = await wire.send(signed, data, onSent, signal);
    const etag = answer.get('etag');
    if (!etag) throw hiddenHeader();
    return { number, etag, size: data.size, crc32 };
  });
}

/** Repeats a request that failed for a passing reason, after a growing pause. */
async function again<T>(wire: Wire, signal: AbortSignal, request: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await request();
    } catch (error) {
      signal.throwIfAborted();
      const failure = error instanceof TypeError ? offline(error) : error;
      if (!(failure instanceof Failure) || !mayRetry(failure) || attempt >= tries) throw failure;
      const pause = failure.retryAfter > 0 ? failure.retryAfter * 1000 : 500 * 2 ** (attempt - 1);
      await wire.wait(Math.min(pause, 20_000), signal);
    }
  }
}

async function orNameTaken(done: Promise<void>): Promise<void> {
  try {
    await done;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'precondition') throw new NameTaken();
    throw error;
  }
}

/** A file that was moved or changed since it was chosen cannot be read: the browser's own words for it help nobody. */
async function readable<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof DOMException && error.name !== 'AbortError') {
      const failure = new Failure({
        kind: 'invalid',
        status: 0,
        code: 'FileUnreadable',
        message: 'The file was moved or changed after it was chosen.',
        requestId: '',
        retryAfter: 0,
      });
      failure.cause = error;
      throw failure;
    }
    throw error;
  }
}

function hiddenHeader(): Failure {
  return new Failure({
    kind: 'invalid',
    status: 0,
    code: 'HeaderHidden',
    requestId: '',
    retryAfter: 0,
    message:
      'The S3 endpoint does not let this page read the ETag header. Something between browser and server removes it.',
  });
}
