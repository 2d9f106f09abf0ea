import { expect, test } from 'vitest';
import { crc32, crc32Base64, crc32OfBlob, crc32OfText } from './crc32.ts';

const digits = new TextEncoder().encode('123456789');

test('the check value of CRC-32', () => {
  expect(crc32(digits).toString(16)).toBe('cbf43926');
  expect(crc32(new Uint8Array())).toBe(0);
  expect(crc32OfText('123456789')).toBe('y/Q5Jg==');
  expect(crc32Base64(1)).toBe('AAAAAQ==');
});

test('bytes may come in pieces of any length', () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7919) & 0xff);
  const whole = crc32(bytes);
  for (const cut of [1, 7, 8, 9, 500, 999])
    expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(whole);
});

test('a blob is read as a stream, and stops when told', async () => {
  expect(await crc32OfBlob(new Blob(['1234', '56789']))).toBe('y/Q5Jg==');
  await expect(crc32OfBlob(new Blob(['x']), AbortSignal.abort())).rejects.toThrow();
});
