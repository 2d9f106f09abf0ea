/**
 * QR codes of short texts: byte mode, error correction level L, versions 1 to 10. Source: ISO/IEC 18004, whose tables and
 * polynomials are named where they are used.
 */

/** A version's data codewords, its error correction codewords a block, and its blocks; level L. */
const versions: readonly { data: number; ecc: number; blocks: number; align: readonly number[] }[] = [
  { data: 19, ecc: 7, blocks: 1, align: [] },
  { data: 34, ecc: 10, blocks: 1, align: [6, 18] },
  { data: 55, ecc: 15, blocks: 1, align: [6, 22] },
  { data: 80, ecc: 20, blocks: 1, align: [6, 26] },
  { data: 108, ecc: 26, blocks: 1, align: [6, 30] },
  { data: 136, ecc: 18, blocks: 2, align: [6, 34] },
  { data: 156, ecc: 20, blocks: 2, align: [6, 22, 38] },
  { data: 194, ecc: 24, blocks: 2, align: [6, 24, 42] },
  { data: 232, ecc: 30, blocks: 2, align: [6, 26, 46] },
  { data: 274, ecc: 18, blocks: 4, align: [6, 28, 50] },
];

/** Bytes of text that a code holds at most. */
export const maxBytes = 271;

/** Multiplies in the field of 256 elements over x^8 + x^4 + x^3 + x^2 + 1. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= ((b >> bit) & 1) * a;
  }
  return product;
}

/** Returns the error correction codewords of a block: the rest of its division by the generator polynomial. */
function correction(block: readonly number[], degree: number): number[] {
  const generator = new Array<number>(degree).fill(0);
  generator[degree - 1] = 1;
  let root = 1;
  for (let step = 0; step < degree; step++) {
    for (let at = 0; at < degree; at++) generator[at] = times(generator[at] ?? 0, root) ^ (generator[at + 1] ?? 0);
    root = times(root, 2);
  }
  const rest = new Array<number>(degree).fill(0);
  for (const codeword of block) {
    const factor = codeword ^ (rest.shift() ?? 0);
    rest.push(0);
    for (let at = 0; at < degree; at++) rest[at] = (rest[at] ?? 0) ^ times(generator[at] ?? 0, factor);
  }
  return rest;
}

/** Returns the codewords of a text in the order in which they are drawn: blocks interleaved, then their corrections. */
function codewords(bytes: Uint8Array, version: number): number[] {
  const { data, ecc, blocks } = versions[version - 1] as (typeof versions)[number];
  const bits: number[] = [];
  const put = (value: number, count: number) => {
    for (let bit = count - 1; bit >= 0; bit--) bits.push((value >> bit) & 1);
  };
  put(0b0100, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) put(byte, 8);
  put(0, Math.min(4, data * 8 - bits.length));
  while (bits.length % 8 !== 0) bits.push(0);
  const all: number[] = [];
  for (let at = 0; at < bits.length; at += 8) all.push(Number.parseInt(bits.slice(at, at + 8).join(''), 2));
  for (let pad = 0; all.length < data; pad++) all.push(pad % 2 === 0 ? 0xec : 0x11);

  const short = Math.floor(data / blocks);
  const long = data % blocks;
  const parts: number[][] = [];
  for (let block = 0, at = 0; block < blocks; block++) {
    const size = short + (block >= blocks - long ? 1 : 0);
    parts.push(all.slice(at, at + size));
    at += size;
  }
  const sums = parts.map(part => correction(part, ecc));
  const out: number[] = [];
  for (let at = 0; at <= short; at++) for (const part of parts) if (at < part.length) out.push(part[at] as number);
  for (let at = 0; at < ecc; at++) for (const sum of sums) out.push(sum[at] as number);
  return out;
}

/** Returns the remainder bits of a BCH code: those of the format (15, 5) and of the version (18, 6). */
function remainder(value: number, generator: number, degree: number): number {
  let rest = value;
  for (let step = 0; step < degree; step++) rest = (rest << 1) ^ ((rest >> (degree - 1)) * generator);
  return rest;
}

const masks: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  x => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** A code while it is drawn: its points, and those that belong to its frame. */
class Drawing {
  readonly version: number;
  readonly size: number;
  readonly dark: boolean[][];
  readonly fixed: boolean[][];

  constructor(version: number) {
    this.version = version;
    this.size = version * 4 + 17;
    const empty = () => Array.from({ length: this.size }, () => new Array<boolean>(this.size).fill(false));
    this.dark = empty();
    this.fixed = empty();
    this.frame();
  }

  private set(x: number, y: number, dark: boolean): void {
    if (x < 0 || y < 0 || x >= this.size || y >= this.size) return;
    (this.dark[y] as boolean[])[x] = dark;
    (this.fixed[y] as boolean[])[x] = true;
  }

  private frame(): void {
    for (let at = 0; at < this.size; at++) {
      this.set(6, at, at % 2 === 0);
      this.set(at, 6, at % 2 === 0);
    }
    for (const [cx, cy] of [
      [3, 3],
      [this.size - 4, 3],
      [3, this.size - 4],
    ] as const)
      for (let dy = -4; dy <= 4; dy++)
        for (let dx = -4; dx <= 4; dx++) {
          const ring = Math.max(Math.abs(dx), Math.abs(dy));
          this.set(cx + dx, cy + dy, ring !== 2 && ring !== 4);
        }
    const align = versions[this.version - 1]?.align ?? [];
    const last = align.length - 1;
    align.forEach((cx, i) => {
      align.forEach((cy, j) => {
        if ((i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0)) return;
        for (let dy = -2; dy <= 2; dy++)
          for (let dx = -2; dx <= 2; dx++) this.set(cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
      });
    });
    this.format(0);
    if (this.version >= 7) {
      const bits = (this.version << 12) | remainder(this.version, 0x1f25, 12);
      for (let bit = 0; bit < 18; bit++) {
        const far = this.size - 11 + (bit % 3);
        const near = Math.floor(bit / 3);
        this.set(far, near, ((bits >> bit) & 1) === 1);
        this.set(near, far, ((bits >> bit) & 1) === 1);
      }
    }
  }

  /** Draws the level and the mask, twice. */
  format(mask: number): void {
    const data = (0b01 << 3) | mask;
    const bits = ((data << 10) | remainder(data, 0x537, 10)) ^ 0x5412;
    const on = (bit: number) => ((bits >> bit) & 1) === 1;
    for (let bit = 0; bit <= 5; bit++) this.set(8, bit, on(bit));
    this.set(8, 7, on(6));
    this.set(8, 8, on(7));
    this.set(7, 8, on(8));
    for (let bit = 9; bit < 15; bit++) this.set(14 - bit, 8, on(bit));
    for (let bit = 0; bit < 8; bit++) this.set(this.size - 1 - bit, 8, on(bit));
    for (let bit = 8; bit < 15; bit++) this.set(8, this.size - 15 + bit, on(bit));
    this.set(8, this.size - 8, true);
  }

  /** Lays the codewords in columns of two from the lower right, up and down by turns. */
  fill(words: readonly number[]): void {
    let bit = 0;
    for (let right = this.size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5;
      const up = ((right + 1) & 2) === 0;
      for (let step = 0; step < this.size; step++) {
        const y = up ? this.size - 1 - step : step;
        for (const x of [right, right - 1]) {
          if (this.fixed[y]?.[x]) continue;
          (this.dark[y] as boolean[])[x] = (((words[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1;
          bit++;
        }
      }
    }
  }

  mask(which: number): void {
    const test = masks[which] as (typeof masks)[number];
    for (let y = 0; y < this.size; y++)
      for (let x = 0; x < this.size; x++)
        if (!this.fixed[y]?.[x] && test(x, y)) (this.dark[y] as boolean[])[x] = !this.dark[y]?.[x];
  }

  /** Says how hard the drawing is to read: long runs, squares, and an uneven share of dark points. */
  penalty(): number {
    let sum = 0;
    let dark = 0;
    for (let y = 0; y < this.size; y++)
      for (let x = 0; x < this.size; x++) {
        const here = this.dark[y]?.[x];
        if (here) dark++;
        if (here === this.dark[y]?.[x + 1] && here === this.dark[y + 1]?.[x] && here === this.dark[y + 1]?.[x + 1])
          sum += 3;
      }
    for (const at of [(a: number, b: number) => this.dark[a]?.[b], (a: number, b: number) => this.dark[b]?.[a]])
      for (let line = 0; line < this.size; line++) {
        let run = 0;
        for (let place = 0; place < this.size; place++) {
          run = place > 0 && at(line, place) === at(line, place - 1) ? run + 1 : 1;
          if (run === 5) sum += 3;
          else if (run > 5) sum++;
        }
      }
    return sum + Math.floor(Math.abs((dark * 20) / this.size ** 2 - 10)) * 10;
  }
}

/** Returns the points of a QR code, row by row, true for dark; a text that is too long is a RangeError. */
export function qrCode(text: string): boolean[][] {
  const bytes = new TextEncoder().encode(text);
  const version = versions.findIndex(({ data }, at) => bytes.length + (at < 9 ? 2 : 3) <= data) + 1;
  if (version === 0) throw new RangeError(`a QR code holds ${maxBytes} bytes here, not ${bytes.length}`);
  const words = codewords(bytes, version);
  let best: Drawing | null = null;
  for (let mask = 0; mask < masks.length; mask++) {
    const drawing = new Drawing(version);
    drawing.fill(words);
    drawing.mask(mask);
    drawing.format(mask);
    if (!best || drawing.penalty() < best.penalty()) best = drawing;
  }
  return (best as Drawing).dark;
}

/** Returns the dark points as the path of an SVG whose unit is a point, with the empty margin of four that readers need. */
export function qrPath(points: readonly (readonly boolean[])[]): string {
  const margin = 4;
  return points
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + margin} ${y + margin}h1v1h-1z` : '')))
    .join('');
}
