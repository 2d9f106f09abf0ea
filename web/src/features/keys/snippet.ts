import type { KeyPair } from './pair.ts';

/** What a snippet is filled with. */
export interface SnippetFacts extends KeyPair {
  /** The S3 endpoint as a URL. */
  endpoint: string;
  region: string;
  /** How a bucket is addressed: in the path, which works without any DNS, or as part of the host. */
  style: 'path' | 'virtual';
  /** The bucket that is meant; empty where none was chosen. */
  bucket: string;
  /** The certificate in PEM that the program has to trust; empty where it trusts the server's without being told. */
  ca: string;
}

export interface Snippet {
  id: string;
  name: string;
  /** The file it belongs into; empty for commands. */
  file: string;
  /** The name under which it is saved. */
  saveAs: string;
  text: string;
}

/** The name under which the certificate is saved, and the snippets name it. */
export const caFile = 'coffer-ca.pem';

/** What stands for a bucket where none was chosen. */
export const anyBucket = 'BUCKET';

/** Puts lines together; what is null is left out. */
export function lines(...all: (string | null)[]): string {
  return `${all.filter(line => line !== null).join('\n')}\n`;
}
