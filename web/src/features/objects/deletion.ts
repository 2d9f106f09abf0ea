import { deleteBatch, deleteObjects, listObjects } from '../../s3/client.ts';
import type { Deleted, DeleteError, Entry } from '../../s3/types.ts';

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

export type Marker = Deleted['markers'][number];

/** Deletes the rows, folders with everything below them, a batch at a time. */
export async function removeAll(
  bucket: string,
  entries: Entry[],
  onDeleted: (objects: number) => void,
  signal: AbortSignal,
): Promise<Deleted> {
  const all: Deleted = { errors: [], markers: [] };
  let deleted = 0;
  const remove = async (keys: string[]) => {
    const { errors, markers } = await deleteObjects(
      bucket,
      keys.map(key => ({ key })),
      signal,
    );
    all.errors.push(...errors);
    all.markers.push(...markers);
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
  return all;
}

/** Takes delete markers away again, so that what they hid is there as before; returns what was refused. */
export async function undelete(bucket: string, markers: Marker[]): Promise<DeleteError[]> {
  const refused: DeleteError[] = [];
  for (let start = 0; start < markers.length; start += deleteBatch)
    refused.push(...(await deleteObjects(bucket, markers.slice(start, start + deleteBatch))).errors);
  return refused;
}
