import { Modal, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { CopyField, FieldList, SecretField } from '../../ui/Field.tsx';
import { FailureAlert, Loading } from '../../ui/States.tsx';
import { useSession } from '../session/session.ts';
import { readSecret } from './keys.ts';
import { SnippetTabs } from './SnippetTabs.tsx';

/** What to put into programs for a key that exists; its secret is read for that and forgotten with the dialog. */
export function ProgramsDialog({ accessKey, onClose }: { accessKey: string; onClose: () => void }) {
  const t = useT();
  const { user } = useSession();
  const [shown, setShown] = useState(false);
  const { data: secretKey, error } = useQuery({
    queryKey: ['secret', accessKey],
    queryFn: () => readSecret(user.id, accessKey),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t('keys.programs')}
      closeButtonProps={{ 'aria-label': t('ui.close') }}
    >
      {error ? (
        <FailureAlert error={error} />
      ) : secretKey === undefined ? (
        <Loading />
      ) : secretKey === '' ? (
        <Text size="sm">{t('keys.secretsOnce')}</Text>
      ) : (
        <Stack>
          <FieldList>
            <CopyField label={t('keys.accessKey')} value={accessKey} />
            <SecretField label={t('keys.secretKey')} value={secretKey} open={shown} onToggle={() => setShown(!shown)} />
          </FieldList>
          <SnippetTabs pair={{ accessKey, secretKey }} shown={shown} />
        </Stack>
      )}
    </Modal>
  );
}
