/** Multipart uploads that have begun, kept in the browser so that they can go on after the page was closed. It holds no secret. */
export interface JournalEntry {
  uploadId: string;
  user: string;
  bucket: string;
  key: string;
  partSize: number;
  fileName: string;
  size: number;
  lastModified: number;
}

export interface Journal {
  put: (entry: JournalEntry) => Promise<void>;
  remove: (uploadId: string) => Promise<void>;
  all: (user: string) => Promise<JournalEntry[]>;
}

const table = 'uploads';

function run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('coffer', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(table, { keyPath: 'uploadId' });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const transaction = database.transaction(table, mode);
      const request = act(transaction.objectStore(table));
      transaction.oncomplete = () => {
        database.close();
        resolve(request.result);
      };
      transaction.onabort = () => {
        database.close();
        reject(transaction.error);
      };
    };
  });
}

/** The browser's journal. A browser that keeps nothing (private windows) uploads all the same and just cannot go on later. */
export const browserJournal: Journal = {
  put: entry =>
    run('readwrite', store => store.put(entry))
      .then(() => undefined)
      .catch(() => undefined),
  remove: uploadId =>
    run('readwrite', store => store.delete(uploadId))
      .then(() => undefined)
      .catch(() => undefined),
  all: async user => {
    try {
      const entries = (await run('readonly', store => store.getAll())) as JournalEntry[];
      return entries.filter(entry => entry.user === user);
    } catch {
      return [];
    }
  },
};

/** Whether a chosen file is the one that an upload was begun with. */
export function sameFile(entry: JournalEntry, file: File): boolean {
  return entry.fileName === file.name && entry.size === file.size && entry.lastModified === file.lastModified;
}
