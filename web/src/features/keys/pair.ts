import { saveText } from '../../ui/download.ts';

/** The public and the secret half of a key. */
export interface KeyPair {
  accessKey: string;
  secretKey: string;
}

/** Returns the file of a key pair, with the columns that AWS's own download has, so that programs which read those can read it. */
export function pairCsv({ accessKey, secretKey }: KeyPair): string {
  return `Access key ID,Secret access key\r\n${accessKey},${secretKey}\r\n`;
}

export function downloadPair(pair: KeyPair): void {
  saveText(`coffer-key-${pair.accessKey.slice(-8)}.csv`, pairCsv(pair), 'text/csv');
}
