import { infiniteQueryOptions, type QueryClient } from '@tanstack/react-query';
import { listObjects } from '../../s3/client.ts';

/** The rows of a folder, a page at a time; `find` narrows them on the server. */
export function objectsQuery(bucket: string, folder: string, find: string) {
  return infiniteQueryOptions({
    queryKey: ['objects', bucket, folder, find],
    queryFn: ({ pageParam, signal }) => listObjects({ bucket, folder, find, token: pageParam, signal }),
    initialPageParam: '',
    getNextPageParam: page => page.next || undefined,
  });
}

/** Has the lists of a bucket read again. */
export async function objectsChanged(client: QueryClient, bucket: string): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: ['objects', bucket] }),
    client.invalidateQueries({ queryKey: ['first-object'] }),
  ]);
}

/** Returns the folders from the top down to the open one: `a/b/` gives a and b, each with its whole prefix. */
export function crumbs(prefix: string): { name: string; prefix: string }[] {
  const names = prefix.split('/').slice(0, -1);
  return names.map((name, index) => ({ name, prefix: `${names.slice(0, index + 1).join('/')}/` }));
}

/** Bytes an object's key has at most. */
export const maxKeyBytes = 1024;

export type FolderFault = 'empty' | 'slash' | 'long' | null;

/** Says what is wrong with the name of a new folder. */
export function folderFault(folder: string, name: string): FolderFault {
  if (name.trim() === '') return 'empty';
  if (name.includes('/')) return 'slash';
  return new TextEncoder().encode(`${folder}${name}/`).length > maxKeyBytes ? 'long' : null;
}
