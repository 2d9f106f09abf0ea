import { useSyncExternalStore } from 'react';
import { Failure } from '../../api/failure.ts';
import * as s3 from '../../s3/client.ts';
import { sign } from '../../s3/sign.ts';
import { checksum } from './checksum.ts';
import { Engine } from './engine.ts';
import { browserJournal } from './journal.ts';
import type { Transfer } from './types.ts';
import { ourSizes } from './upload.ts';

type Arrived = (bucket: string, key: string) => void;
const listeners = new Set<Arrived>();

/** Calls back whenever an upload has arrived; returns the function that ends it. */
export function whenArrived(listener: Arrived): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Waits, and longer while the browser knows that it has no network. */
function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const done = () => {
      signal.removeEventListener('abort', stop);
      resolve();
    };
    setTimeout(() => {
      if (navigator.onLine) done();
      else window.addEventListener('online', done, { once: true });
    }, milliseconds);
  });
}

async function exists(bucket: string, key: string, signal: AbortSignal): Promise<boolean> {
  try {
    await s3.headObject(bucket, key, signal);
    return true;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'notFound') return false;
    throw error;
  }
}

/** The uploads of this page; they go on while the person moves through the console. */
export const transfers = new Engine({
  wire: {
    sign,
    send: s3.send,
    exists,
    create: s3.createUpload,
    complete: s3.completeUpload,
    abort: s3.abortUpload,
    parts: s3.listParts,
    checksum,
    wait,
  },
  journal: browserJournal,
  sizes: ourSizes,
  onArrived: (bucket, key) => {
    for (const listener of listeners) listener(bucket, key);
  },
  tellEvery: 150,
});

export function useTransfers(): readonly Transfer[] {
  return useSyncExternalStore(transfers.subscribe, transfers.list);
}
