import type { PickedFile } from '../transfers/types.ts';

/** Files that one drop or choice takes at most; the rest is told, not silently lost. */
export const maxPicked = 50_000;

/** Returns the files of a file input; those of a chosen folder keep their place in it. */
export function fromInput(list: FileList | null): PickedFile[] {
  return Array.from(list ?? [], file => ({ path: file.webkitRelativePath || file.name, file }));
}

/** Returns the files of a drop, with those of dropped folders. Has to be called before the event ends. */
export async function fromDrop(data: DataTransfer): Promise<PickedFile[]> {
  const entries = Array.from(data.items, item => item.webkitGetAsEntry?.() ?? null);
  const plain = Array.from(data.files);
  if (entries.every(entry => entry === null)) return plain.map(file => ({ path: file.name, file }));
  const found: PickedFile[] = [];
  for (const entry of entries) if (entry) await walk(entry, '', found);
  return found;
}

async function walk(entry: FileSystemEntry, above: string, found: PickedFile[]): Promise<void> {
  if (found.length >= maxPicked) return;
  const path = above + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ path, file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A reader hands out a folder in pieces, and an empty piece after the last.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const child of some) await walk(child, `${path}/`, found);
  }
}
