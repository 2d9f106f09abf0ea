import { useSyncExternalStore } from 'react';

/** Speaks short messages to assistive technology, politely and without moving the focus. */

let spoken = { text: '', turn: 0 };
const listeners = new Set<() => void>();

export function announce(text: string): void {
  spoken = { text, turn: spoken.turn + 1 };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function LiveRegion() {
  const { text, turn } = useSyncExternalStore(subscribe, () => spoken);
  return (
    <div className="coffer-offscreen" role="status" aria-live="polite">
      <span key={turn}>{text}</span>
    </div>
  );
}
