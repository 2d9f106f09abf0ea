/** What the command palette offers, and in which order. */

export interface Command {
  id: string;
  /** What it leads to. */
  name: string;
  /** Of which kind it is; shown beside it. */
  kind: string;
  go: () => void;
}

/** Commands shown at most. */
export const shownCommands = 50;

function fold(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** Says how well a name fits what was typed: every word has to be there; 0 fits best, -1 not at all. */
export function rankOf(name: string, typed: string): number {
  const text = fold(name);
  let worst = 0;
  for (const word of fold(typed).split(/\s+/).filter(Boolean)) {
    const at = text.indexOf(word);
    if (at < 0) return -1;
    const begins = at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] ?? '');
    worst = Math.max(worst, at === 0 ? 0 : begins ? 1 : 2);
  }
  return worst;
}

/** Returns the commands that fit, best first, else in their own order. */
export function matching(commands: readonly Command[], typed: string): Command[] {
  return commands
    .map((command, index) => ({ command, index, rank: rankOf(command.name, typed) }))
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .slice(0, shownCommands)
    .map(({ command }) => command);
}
