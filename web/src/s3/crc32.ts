/** CRC-32 (IEEE 802.3), eight bytes a step, as S3's x-amz-checksum-crc32 wants it. */

const tables = makeTables();

function makeTables(): Uint32Array[] {
  const first = new Uint32Array(256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    first[n] = c >>> 0;
  }
  const all = [first];
  for (let k = 1; k < 8; k++) {
    const previous = all[k - 1] as Uint32Array;
    const next = new Uint32Array(256);
    for (let n = 0; n < 256; n++) {
      const c = previous[n] as number;
      next[n] = (c >>> 8) ^ (first[c & 0xff] as number);
    }
    all.push(next);
  }
  return all;
}

/** Returns the checksum of earlier bytes, of which it is given the checksum (0 for none), followed by these. */
export function crc32(bytes: Uint8Array, previous = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  let c = ~previous;
  let i = 0;
  const whole = bytes.length - (bytes.length % 8);
  const b = bytes;
  while (i < whole) {
    c ^= b[i]! | (b[i + 1]! << 8) | (b[i + 2]! << 16) | (b[i + 3]! << 24);
    c =
      t7[c & 0xff]! ^
      t6[(c >>> 8) & 0xff]! ^
      t5[(c >>> 16) & 0xff]! ^
      t4[c >>> 24]! ^
      t3[b[i + 4]!]! ^
      t2[b[i + 5]!]! ^
      t1[b[i + 6]!]! ^
      t0[b[i + 7]!]!;
    i += 8;
  }
  for (; i < b.length; i++) c = (c >>> 8) ^ t0[(c ^ b[i]!) & 0xff]!;
  return ~c >>> 0;
}

/** Returns the checksum as S3 writes it: four bytes, most significant first, in base64. */
export function crc32Base64(value: number): string {
  return btoa(String.fromCharCode(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff));
}

/** Returns the checksum of a blob, read as a stream so that memory stays constant. */
export async function crc32OfBlob(blob: Blob, signal?: AbortSignal): Promise<string> {
  const reader = blob.stream().getReader();
  let sum = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { done, value } = await reader.read();
    if (done) return crc32Base64(sum);
    sum = crc32(value, sum);
  }
}

export function crc32OfText(text: string): string {
  return crc32Base64(crc32(new TextEncoder().encode(text)));
}
