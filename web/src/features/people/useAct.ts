import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { asFailure } from '../../api/failure.ts';
import { useT } from '../../i18n/index.tsx';
import { announce } from '../../ui/live.tsx';
import { explain } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { keysQuery } from '../keys/keys.ts';
import { sessionQuery } from '../session/session.ts';

/** Returns a function that does something to people or groups, has the pages read them again, says how it went and whether it went well. */
export function useAct() {
  const t = useT();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);

  async function refresh(): Promise<void> {
    await Promise.all([
      client.invalidateQueries({ queryKey: ['people'] }),
      // One may have changed one's own rights or keys.
      client.invalidateQueries({ queryKey: sessionQuery.queryKey }),
      client.invalidateQueries({ queryKey: keysQuery.queryKey }),
    ]);
  }

  async function act(work: () => Promise<unknown>, done: string): Promise<boolean> {
    setBusy(true);
    try {
      await work();
      announce(done);
      return true;
    } catch (error) {
      toast({ kind: 'failed', ...explain(t, asFailure(error)) });
      return false;
    } finally {
      await refresh();
      setBusy(false);
    }
  }

  return { act, refresh, busy };
}
