import { Code, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Failure } from '../../api/failure.ts';
import type { AccessKey } from '../../api/types.ts';
import { useT } from '../../i18n/index.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { toast } from '../../ui/toasts.tsx';
import { deleteKey, keysChanged } from './keys.ts';
import { LastUse } from './LastUse.tsx';

interface Props {
  item: AccessKey;
  /** Whether it is the user's only key. */
  only: boolean;
  onClose: () => void;
}

export function DeleteKeyDialog({ item, only, onClose }: Props) {
  const t = useT();
  const client = useQueryClient();

  async function remove() {
    try {
      await deleteKey(item.id);
    } catch (error) {
      if (error instanceof Failure && error.kind === 'conflict') {
        throw new Failure({ ...error, kind: 'conflict', message: t('keys.onlyKeyRefused') });
      }
      if (!(error instanceof Failure) || error.kind !== 'notFound') throw error;
      // Somebody else deleted it first: what was wanted is so.
    }
    await keysChanged(client);
    toast({ kind: 'done', title: t('keys.deleted') });
  }

  return (
    <ConfirmDialog title={t('keys.deleteTitle')} confirm={t('ui.delete')} danger onConfirm={remove} onClose={onClose}>
      <Text size="sm">{t('keys.deleteText')}</Text>
      <Code block style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
        {item.properties.accessKey}
      </Code>
      <Text size="sm" component="div">
        <LastUse use={item.metadata.lastUsed} labelled />
      </Text>
      {only && (
        <Text size="sm" fw={550}>
          {t('keys.deleteOnly')}
        </Text>
      )}
    </ConfirmDialog>
  );
}
