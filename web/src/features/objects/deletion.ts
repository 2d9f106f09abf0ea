import { deleteBatch, deleteObjects, listObjects } from '../../s3/client.ts';
import type { DeleteError, Entry } from '../../s3/types.ts';

/** Objects counted at most before the dialog says "more than". */
export const countLimit = 20_000;

export interface Extent {
  objects: number;
  bytes: number;
  /** Whether counting stopped at the limit. */
  more: boolean;
}

/** Counts what deleting the rows will delete, folders with everything below them. */
export async function measure(bucket: string, entries: Entry[], signal: AbortSignal): Promise<Extent> {
  const extent: Extent = { objects: 0, bytes: 0, more: false };
  for (const entry of entries) {
    if (entry.kind === 'object') {
      extent.objects++;
      extent.bytes += entry.size;
      continue;
    }
    let token = '';
    do {
      const page = await listObjects({ bucket, folder: '', find: entry.key, flat: true, token, signal });
      extent.objects += page.entries.length;
      for (const object of page.entries) extent.bytes += object.size;
      token = page.next;
      if (token && extent.objects >= countLimit) return { ...extent, more: true };
    } while (token);
  }
  return extent;
}

/** Deletes the rows, folders with everything below them, a batch at a time; returns what was refused. */
export async function removeAll(
  bucket: string,
  entries: Entry[],
  onDeleted: (objects: number) => void,
  signal: AbortSignal,
): Promise<DeleteError[]> {
  const refused: DeleteError[] = [];
  let deleted = 0;
  const remove = async (keys: string[]) => {
    const errors = await deleteObjects(bucket, keys, signal);
    refused.push(...errors);
    deleted += keys.length - errors.length;
    onDeleted(deleted);
  };
  const single = entries.filter(entry => entry.kind === 'object').map(entry => entry.key);
  for (let start = 0; start < single.length; start += deleteBatch)
    await remove(single.slice(start, start + deleteBatch));
  for (const folder of entries.filter(entry => entry.kind === 'folder')) {
    let token = '';
    do {
      const page = await listObjects({
        bucket,
        folder: '',
        find: folder.key,
        flat: true,
        token,
        max: deleteBatch,
        signal,
      });
      if (page.entries.length > 0) await remove(page.entries.map(entry => entry.key));
      token = page.next;
    } while (token);
  }
  return refused;
}
