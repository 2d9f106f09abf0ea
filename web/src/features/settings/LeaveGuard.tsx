import { Text } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { useT } from '../../i18n/index.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';

interface Place {
  pathname: string;
  search: object;
}

/** Whether a way leads out of the tab on which settings are edited. */
function leaves(from: Place, to: Place): boolean {
  const tab = ({ search }: Place) => ('tab' in search ? search.tab : undefined);
  return from.pathname !== to.pathname || tab(from) !== tab(to);
}

/** Asks before changes that were not saved are left behind: by another tab, another page, or by closing the window. */
export function LeaveGuard({ unsaved }: { unsaved: boolean }) {
  const t = useT();
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => unsaved && leaves(current, next),
    enableBeforeUnload: unsaved,
    withResolver: true,
  });
  if (status !== 'blocked') return null;
  return (
    <ConfirmDialog
      title={t('set.unsaved')}
      confirm={t('set.unsavedLeave')}
      danger
      onConfirm={async () => proceed()}
      onClose={reset}
    >
      <Text size="sm">{t('set.unsavedText')}</Text>
    </ConfirmDialog>
  );
}
