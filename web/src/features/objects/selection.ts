/** The rows chosen in a list, and the row on which the keyboard stands. Keys name rows, since lists grow and change. */
export interface Selection {
  chosen: ReadonlySet<string>;
  /** The row of the keyboard; -1 before any. */
  active: number;
  /** Where a range begins. */
  anchor: number;
}

export const nothing: Selection = { chosen: new Set(), active: -1, anchor: -1 };

export type Step =
  | { act: 'move'; to: number; extend: boolean }
  | { act: 'toggle'; at: number }
  | { act: 'range'; to: number }
  | { act: 'all' }
  | { act: 'clear' }
  | { act: 'keep' };

/** Returns the selection after a step; `keys` are those of the rows in order. */
export function step(state: Selection, keys: readonly string[], change: Step): Selection {
  switch (change.act) {
    case 'move': {
      const to = Math.max(0, Math.min(change.to, keys.length - 1));
      if (!change.extend) return { ...state, active: to, anchor: to };
      return { ...range(state, keys, to), active: to };
    }
    case 'range':
      return { ...range(state, keys, change.to), active: change.to };
    case 'toggle': {
      const key = keys[change.at];
      if (key === undefined) return state;
      const chosen = new Set(state.chosen);
      if (!chosen.delete(key)) chosen.add(key);
      return { chosen, active: change.at, anchor: change.at };
    }
    case 'all':
      return { ...state, chosen: new Set(keys) };
    case 'clear':
      return { ...state, chosen: new Set() };
    case 'keep': {
      const there = new Set(keys);
      const chosen = new Set([...state.chosen].filter(key => there.has(key)));
      return {
        chosen,
        active: Math.min(state.active, keys.length - 1),
        anchor: Math.min(state.anchor, keys.length - 1),
      };
    }
  }
}

function range(state: Selection, keys: readonly string[], to: number): Selection {
  const from = state.anchor < 0 ? to : state.anchor;
  const chosen = new Set(keys.slice(Math.min(from, to), Math.max(from, to) + 1));
  return { ...state, chosen, anchor: from };
}
