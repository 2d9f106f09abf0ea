/** A list as far as it was read. */
export interface Listing<T> {
  items: T[];
  /** Whether the server has entries beyond these. */
  cut: boolean;
}

/** Where a page of a list begins and how many entries it has at most. */
export interface Window {
  offset: number;
  limit: number;
}

/** Entries that are read of one list at most: twice the keys that a contract can have. */
const most = 100_000;

/**
 * Reads a list page after page until a page is not full; page is the largest limit that the server takes for the list. An entry that
 * moved to a later page while the list was read is taken once. Beyond bound entries the list is cut, and says so.
 */
export async function readAll<T>(
  page: number,
  keyOf: (entry: T) => string | number,
  read: (at: Window) => Promise<T[]>,
  bound = most,
): Promise<Listing<T>> {
  const entries = new Map<string | number, T>();
  for (let offset = 0; offset < bound; offset += page) {
    const part = await read({ offset, limit: page });
    for (const entry of part) entries.set(keyOf(entry), entry);
    if (part.length < page) return { items: [...entries.values()], cut: false };
  }
  const beyond = await read({ offset: bound, limit: 1 });
  return { items: [...entries.values()], cut: beyond.length > 0 };
}

/** What a query selects of a list that readAll read: its entries. */
export const entriesOf = <T>(list: Listing<T>): T[] => list.items;

/** What a query selects of a list that readAll read: whether it is cut. */
export const isCut = (list: Listing<unknown>): boolean => list.cut;
