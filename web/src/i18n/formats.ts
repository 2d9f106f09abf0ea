/** Numbers, sizes and times as a language writes them. */
export interface Formats {
  number: (value: number) => string;
  /** Bytes in binary units: 1536 becomes 1.5 KiB. */
  bytes: (value: number) => string;
  /** A day and a time of day. */
  dateTime: (value: Date | string | null | undefined) => string;
  /** A day. */
  date: (value: Date | string | null | undefined) => string;
  /** How long ago something was, in the largest unit that fits. */
  ago: (value: Date | string, now?: number) => string;
  /** Joined by commas and "and". */
  list: (items: readonly string[]) => string;
  /** A share from 0 to 1. */
  percent: (value: number) => string;
  /** Seconds as minutes and seconds. */
  duration: (seconds: number) => string;
}

const spans: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

export function makeFormats(locale: string): Formats {
  const number = new Intl.NumberFormat(locale);
  const short = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const conjunction = new Intl.ListFormat(locale, { type: 'conjunction' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const when = (format: Intl.DateTimeFormat, value: Date | string | null | undefined) => {
    if (!value) return '–';
    const time = typeof value === 'string' ? new Date(value) : value;
    return Number.isNaN(time.getTime()) ? '–' : format.format(time);
  };
  return {
    number: value => number.format(value),
    percent: value => percent.format(value),
    bytes: value => {
      let unit = 0;
      let rest = value;
      while (rest >= 1024 && unit < units.length - 1) {
        rest /= 1024;
        unit++;
      }
      return `${short.format(rest)}\u00a0${units[unit]}`;
    },
    dateTime: value => when(dateTime, value),
    date: value => when(date, value),
    list: items => conjunction.format(items),
    ago: (value, now = Date.now()) => {
      const seconds = Math.max(0, (now - new Date(value).getTime()) / 1000);
      const [unit, length] =
        spans.find(([, length]) => seconds >= length) ?? (['second', Number.POSITIVE_INFINITY] as const);
      return relative.format(-Math.floor(seconds / length), unit);
    },
    duration: seconds => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`,
  };
}
