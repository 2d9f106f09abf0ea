import { Text } from '@mantine/core';
import { IconFolderOpen } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { User } from '../../api/types.ts';
import { useT } from '../../i18n/index.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { ExplainedButton } from '../../ui/Explained.tsx';
import { sessionQuery, useSession } from '../session/session.ts';
import { nameOf, roleOf, storageLink } from './people.ts';

/** Leads an administrator into a user's storage, in a tab of its own. */
export function OpenStorage({ user }: { user: User }) {
  const t = useT();
  const client = useQueryClient();
  const session = useSession();
  const [asking, setAsking] = useState(false);
  if (user.id === session.user.id) return null;

  let reason = '';
  if (roleOf(user) === 'owner' && session.user.role !== 'owner') reason = t('people.storageOfOwner');
  else if (user.properties.active === false) reason = t('people.storageInactive');
  else if (user.metadata?.objectStorage === false) reason = t('people.noPrivilege');

  async function open() {
    // Opened before the answer comes: browsers let only a click open tabs.
    const tab = window.open('', '_blank');
    try {
      const link = await storageLink(user.id);
      if (tab) {
        tab.opener = null;
        tab.location.replace(link);
      } else window.location.assign(link);
    } catch (error) {
      tab?.close();
      throw error;
    }
    // The browser holds one session, so this tab has to look who it is when somebody comes back to it.
    await client.invalidateQueries({ queryKey: sessionQuery.queryKey, refetchType: 'none' });
  }

  return (
    <>
      <ExplainedButton
        reason={reason}
        variant="default"
        leftSection={<IconFolderOpen size={18} aria-hidden />}
        onClick={() => setAsking(true)}
      >
        {t('people.storageOpen')}
      </ExplainedButton>
      {asking && (
        <ConfirmDialog
          title={t('people.storageAsk', { name: nameOf(user) })}
          confirm={t('people.storageOpen')}
          onConfirm={open}
          onClose={() => setAsking(false)}
        >
          <Text size="sm">{t('people.storageText')}</Text>
        </ConfirmDialog>
      )}
    </>
  );
}
