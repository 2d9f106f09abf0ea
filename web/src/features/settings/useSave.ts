import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from '../../ui/toasts.tsx';

/** Saves something, has it read again and says so; what was refused stays to be shown beside the form. */
export function useSave(queryKey: readonly unknown[]) {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function save(work: () => Promise<unknown>, done: string): Promise<boolean> {
    if (busy) return false;
    setBusy(true);
    setError(null);
    try {
      await work();
      await client.invalidateQueries({ queryKey });
      toast({ kind: 'done', title: done });
      return true;
    } catch (caught) {
      setError(caught);
      return false;
    } finally {
      setBusy(false);
    }
  }
  return { save, busy, error, fail: setError, clear: () => setError(null) };
}
