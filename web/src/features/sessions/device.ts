/** What a browser calls itself, in words that people know it by. */

export interface Device {
  /** Empty when it did not say. */
  browser: string;
  /** Empty when it did not say. */
  system: string;
  kind: 'computer' | 'phone' | 'tablet' | 'program';
}

/** Browsers by the mark that only they leave; those that also leave the mark of another come before it. */
const browsers: readonly [RegExp, string][] = [
  [/\bEdgA?\/|\bEdgiOS\//, 'Edge'],
  [/\bOPR\/|\bOPT\/|\bOPX\//, 'Opera'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bYaBrowser\//, 'Yandex'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\b(Headless)?Chrome\/|\bCriOS\/|\bChromium\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*\bSafari\//, 'Safari'],
];

const systems: readonly [RegExp, string, Device['kind']][] = [
  [/\biPhone\b/, 'iPhone', 'phone'],
  [/\biPad\b/, 'iPad', 'tablet'],
  [/\bAndroid\b.*\bMobile\b/, 'Android', 'phone'],
  [/\bAndroid\b/, 'Android', 'tablet'],
  [/\bWindows\b/, 'Windows', 'computer'],
  [/\bCrOS\b/, 'ChromeOS', 'computer'],
  [/\bMacintosh\b/, 'macOS', 'computer'],
  [/\bLinux\b|\bX11\b/, 'Linux', 'computer'],
];

/** Reads a User-Agent. It claims what it likes, so this is good for recognising one's own browsers and for nothing else. */
export function deviceOf(program: string): Device {
  const browser = browsers.find(([mark]) => mark.test(program))?.[1] ?? '';
  const [, system = '', kind = 'computer'] = systems.find(([mark]) => mark.test(program)) ?? [];
  if (browser) return { browser, system, kind };
  if (program.startsWith('Mozilla/')) return { browser: '', system, kind };
  // Programs name themselves first: curl/8.5.0.
  return { browser: program.split(/[/\s]/, 1)[0] ?? '', system, kind: 'program' };
}
