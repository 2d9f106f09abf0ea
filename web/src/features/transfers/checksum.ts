import { crc32OfBlob } from '../../s3/crc32.ts';

interface Answer {
  id: number;
  sum?: string;
  unreadable?: string;
}

interface Asked {
  resolve: (sum: string) => void;
  reject: (reason: unknown) => void;
}

let worker: Worker | null = null;
let lastId = 0;
const asked = new Map<number, Asked>();

function start(): Worker {
  const made = new Worker(new URL('./checksum.worker.ts', import.meta.url), { type: 'module' });
  made.onmessage = (event: MessageEvent<Answer>) => {
    const { id, sum, unreadable } = event.data;
    const waiting = asked.get(id);
    asked.delete(id);
    if (sum !== undefined) waiting?.resolve(sum);
    else waiting?.reject(new DOMException(unreadable, 'NotReadableError'));
  };
  return made;
}

/** Returns the CRC-32 of a blob in base64; large ones are read beside the page, so that it stays quick. */
export function checksum(data: Blob, signal: AbortSignal): Promise<string> {
  if (data.size < 256 * 1024) return crc32OfBlob(data, signal);
  worker ??= start();
  const made = worker;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const id = ++lastId;
    const stop = () => {
      asked.delete(id);
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    const done = () => signal.removeEventListener('abort', stop);
    asked.set(id, {
      resolve: sum => {
        done();
        resolve(sum);
      },
      reject: reason => {
        done();
        reject(reason);
      },
    });
    made.postMessage({ id, data });
  });
}
