import { abortUpload, deleteBatch, deleteObjects, s3Text } from '../../s3/client.ts';
import type { DeleteError } from '../../s3/types.ts';
import { listVersions, type VersionPage } from '../../s3/versions.ts';
import { children, decodeKey, parseXml, text } from '../../s3/xml.ts';

export interface Emptied {
  versions: number;
  uploads: number;
  /** Those that were refused at most; there may be more. */
  refused: DeleteError[];
}

/** Refusals that are kept to be shown. */
const shownRefusals = 100;

/** Deletes everything in a bucket for good: versions, delete markers, unfinished uploads. Goes past what is refused. */
export async function emptyBucket(
  bucket: string,
  bypass: boolean,
  onProgress: (so: Emptied) => void,
  signal: AbortSignal,
): Promise<Emptied> {
  const so: Emptied = { versions: 0, uploads: 0, refused: [] };
  let after: VersionPage['next'] = null;
  do {
    const page: VersionPage = await listVersions({ bucket, prefix: '', after, signal });
    for (let start = 0; start < page.versions.length; start += deleteBatch) {
      const batch = page.versions.slice(start, start + deleteBatch);
      const { errors } = await deleteObjects(bucket, batch, signal, bypass);
      so.versions += batch.length - errors.length;
      so.refused = [...so.refused, ...errors].slice(0, shownRefusals);
      onProgress({ ...so });
    }
    after = page.next;
  } while (after);
  for (const { key, uploadId } of await uploadsOf(bucket, signal)) {
    signal.throwIfAborted();
    await abortUpload(bucket, key, uploadId);
    so.uploads++;
    onProgress({ ...so });
  }
  return so;
}

async function uploadsOf(bucket: string, signal: AbortSignal): Promise<{ key: string; uploadId: string }[]> {
  const all: { key: string; uploadId: string }[] = [];
  let next: Record<string, string> | null = {};
  while (next) {
    const query: Record<string, string> = { uploads: '', 'encoding-type': 'url', 'max-uploads': '1000', ...next };
    const root: Element = parseXml(
      await s3Text({ method: 'GET', bucket, query }, { signal }),
      'ListMultipartUploadsResult',
    );
    for (const one of children(root, 'Upload'))
      all.push({ key: decodeKey(text(one, 'Key')), uploadId: text(one, 'UploadId') });
    next =
      text(root, 'IsTruncated') === 'true'
        ? {
            'key-marker': decodeKey(text(root, 'NextKeyMarker')),
            'upload-id-marker': text(root, 'NextUploadIdMarker'),
          }
        : null;
  }
  return all;
}
