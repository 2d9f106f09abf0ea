/** What of an object can be shown, and how. */

export type PreviewKind = 'image' | 'audio' | 'video' | 'pdf' | 'json' | 'csv' | 'text';

export interface Previewable {
  kind: PreviewKind;
  /** The media type as which it is shown; never one that runs scripts. */
  type: string;
}

/** Bytes of text that a preview reads. */
export const textLimit = 512 * 1024;

const images = ['png', 'jpeg', 'gif', 'webp', 'avif', 'bmp', 'svg+xml', 'x-icon'];
const audios = ['mpeg', 'ogg', 'wav', 'flac', 'aac', 'mp4', 'webm', 'x-wav', 'opus'];
const videos = ['mp4', 'webm', 'ogg', 'quicktime', 'x-matroska'];

const byName: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  bmp: 'image/bmp',
  svg: 'image/svg+xml',
  ico: 'image/x-icon',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  wav: 'audio/wav',
  flac: 'audio/flac',
  m4a: 'audio/mp4',
  opus: 'audio/ogg',
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  webm: 'video/webm',
  mov: 'video/quicktime',
  pdf: 'application/pdf',
  json: 'application/json',
  geojson: 'application/json',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
};

const texts =
  /\.(txt|md|log|xml|ya?ml|toml|ini|conf|cfg|env|sh|bash|py|go|rs|js|mjs|ts|tsx|jsx|css|html?|sql|c|h|cpp|hpp|java|rb|php|pl|tf|hcl|properties|gitignore|dockerfile|makefile|jsonl|ndjson|srt|vtt|diff|patch)$/i;

/** Says how an object is shown, by its type and, where that says nothing, by its name; null where it cannot be. */
export function previewOf(contentType: string, key: string): Previewable | null {
  const stored = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  const vague = stored === '' || stored === 'application/octet-stream' || stored === 'binary/octet-stream';
  const extension = key.split('.').at(-1)?.toLowerCase() ?? '';
  const type = vague
    ? Object.hasOwn(byName, extension)
      ? (byName[extension] ?? '')
      : texts.test(key)
        ? 'text/plain'
        : ''
    : stored;
  const [family = '', name = ''] = type.split('/');
  if (family === 'image' && images.includes(name)) return { kind: 'image', type };
  if (family === 'audio' && audios.includes(name)) return { kind: 'audio', type };
  if (family === 'video' && videos.includes(name)) return { kind: 'video', type };
  if (type === 'application/pdf') return { kind: 'pdf', type };
  if (type === 'application/json' || type.endsWith('+json')) return { kind: 'json', type: 'text/plain' };
  if (type === 'text/csv' || type === 'text/tab-separated-values') return { kind: 'csv', type: 'text/plain' };
  if (
    family === 'text' ||
    /^application\/(xml|x-sh|x-yaml|yaml|toml|javascript|sql|x-ndjson)$/.test(type) ||
    type.endsWith('+xml')
  )
    return { kind: 'text', type: 'text/plain' };
  return null;
}

/** Returns JSON with line breaks and indents; text that is no JSON as it is. */
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Rows and columns of a table that a preview shows at most. */
export const tableLimit = { rows: 200, columns: 40 } as const;

/** Reads the beginning of a table whose fields are apart by commas, semicolons or tabs, as its first line shows; RFC 4180 quotes. */
export function readTable(text: string): string[][] {
  const head = text.slice(0, text.indexOf('\n') < 0 ? undefined : text.indexOf('\n'));
  const count = (separator: string) => head.split(separator).length;
  const separator = [',', ';', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best), ',');
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  const endField = () => {
    row.push(field);
    field = '';
  };
  const endRow = () => {
    endField();
    if (row.length > 1 || row[0] !== '') rows.push(row.slice(0, tableLimit.columns));
    row = [];
  };
  for (let at = 0; at < text.length && rows.length < tableLimit.rows; at++) {
    const char = text[at];
    if (quoted) {
      if (char !== '"') field += char;
      else if (text[at + 1] === '"') field += text[at++];
      else quoted = false;
    } else if (char === '"' && field === '') quoted = true;
    else if (char === separator) endField();
    else if (char === '\n') endRow();
    else if (char !== '\r') field += char;
  }
  if (rows.length < tableLimit.rows && (field !== '' || row.length > 0)) endRow();
  return rows;
}
