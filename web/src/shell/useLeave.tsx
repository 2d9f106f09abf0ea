import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { signOut } from '../features/session/session.ts';
import { transfers } from '../features/transfers/store.ts';
import { useT } from '../i18n/index.tsx';
import { paths } from '../routes/paths.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';

/** Returns a function that signs out, asking first where uploads run, and the question to show. */
export function useLeave(): { leave: () => void; question: ReactNode } {
  const t = useT();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);

  async function now() {
    transfers.cancelAll();
    await signOut(client).catch(() => undefined);
    await navigate({ to: paths.signIn });
  }

  return {
    leave: () => {
      if (transfers.running() === 0) void now();
      else setAsking(true);
    },
    question: asking && (
      <ConfirmDialog
        title={t('session.leaveTitle')}
        confirm={t('session.signOut')}
        danger
        onConfirm={now}
        onClose={() => setAsking(false)}
      >
        {t('session.leaveText', { count: transfers.running() })}
      </ConfirmDialog>
    ),
  };
}
