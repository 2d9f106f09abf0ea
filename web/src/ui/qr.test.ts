import { expect, test } from 'vitest';
import { maxBytes, qrCode, qrPath } from './qr.ts';

const draw = (points: boolean[][]) => points.map(row => row.map(dark => (dark ? '#' : '.')).join('')).join('\n');

test('a code is square, grows with the text, and has its three corners', () => {
  for (const [length, size] of [
    [1, 21],
    [17, 21],
    [18, 25],
    [134, 41],
    [135, 45],
    [maxBytes, 57],
  ] as const) {
    const points = qrCode('x'.repeat(length));
    expect(points).toHaveLength(size);
    const rows = draw(points).split('\n');
    expect(rows[0]?.slice(0, 8), String(length)).toBe('#######.');
    expect(rows[0]?.slice(-8)).toBe('.#######');
    expect(rows[size - 1]?.slice(0, 8)).toBe('#######.');
    // Both copies of the level and mask say the same.
    const across = [0, 1, 2, 3, 4, 5, 7].map(at => points[8]?.[at]);
    const down = [1, 2, 3, 4, 5, 6, 7].map(at => points[size - at]?.[8]);
    expect(across).toEqual(down);
  }
  expect(() => qrCode('x'.repeat(maxBytes + 1))).toThrow(RangeError);
});

test('a text that a foreign reader has read stays the drawing that it read', () => {
  const text = 'otpauth://totp/Coffer:ada%40example.org?secret=JBSWY3DPEHPK3PXP&issuer=Coffer';
  let sum = 0;
  for (const row of qrCode(text)) for (const dark of row) sum = (sum * 31 + (dark ? 1 : 0)) % 1_000_000_007;
  expect(sum).toBe(53053047);
  expect(
    qrPath([
      [true, false],
      [false, true],
    ]),
  ).toBe('M4 4h1v1h-1zM5 5h1v1h-1z');
});
