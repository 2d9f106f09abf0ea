import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { themeCss } from './css.ts';
import { theme } from './theme.ts';

test('variables.css is what the theme says: run npm run generate', () => {
  expect(readFileSync('src/theme/variables.css', 'utf8')).toBe(themeCss());
});

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map(at => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

test('text can be read: 4.5 to 1 at least', () => {
  const { tide = [], gray = [], dark = [] } = theme.colors ?? {};
  const pairs: [string | undefined, string | undefined][] = [
    ['#ffffff', tide[7]],
    [tide[7], '#ffffff'],
    [tide[7], gray[0]],
    [tide[7], tide[0]],
    [gray[6], '#ffffff'],
    [gray[6], gray[0]],
    [tide[3], dark[7]],
    [dark[2], dark[7]],
    [dark[2], dark[6]],
  ];
  for (const [text, ground] of pairs)
    expect(contrast(text ?? '', ground ?? ''), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
});
