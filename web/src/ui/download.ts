/** Saves text as a file of the given name. Its address is gone again as soon as the browser has read it. */
export function saveText(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  followLink(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Milliseconds after which the frame of a posted download is taken away; by then the answer has begun. */
const frameLife = 600_000;

/**
 * Starts the browser's own download of the answer to a form. Where the answer is an error, which is a document and no file, `onRefused` is
 * called; what it says stays in a frame that nobody sees.
 */
export function followForm(url: string, fields: [name: string, value: string][], onRefused: () => void): void {
  const frame = document.createElement('iframe');
  frame.name = `download-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  frame.hidden = true;
  document.body.append(frame);
  frame.addEventListener('load', () => {
    frame.remove();
    onRefused();
  });
  const form = document.createElement('form');
  form.method = 'post';
  form.action = url;
  form.target = frame.name;
  form.hidden = true;
  for (const [name, value] of fields) {
    const field = document.createElement('input');
    field.type = 'hidden';
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(form);
  form.submit();
  form.remove();
  setTimeout(() => frame.remove(), frameLife);
}

/** Starts the browser's own download of a link. */
export function followLink(url: string, name?: string): void {
  const link = document.createElement('a');
  link.href = url;
  if (name !== undefined) link.download = name;
  link.rel = 'noreferrer noopener';
  document.body.append(link);
  link.click();
  link.remove();
}
