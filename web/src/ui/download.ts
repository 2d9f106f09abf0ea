/** Saves text as a file of the given name. Its address is gone again as soon as the browser has read it. */
export function saveText(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  followLink(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
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
