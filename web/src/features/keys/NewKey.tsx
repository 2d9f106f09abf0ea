import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { IconCircleCheck, IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { CopyField, FieldList, SecretField } from '../../ui/Field.tsx';
import { announce } from '../../ui/live.tsx';
import { contractQuery } from './expiry.ts';
import { downloadPair, type KeyPair } from './pair.ts';
import { SnippetTabs } from './SnippetTabs.tsx';

interface Props {
  pair: KeyPair;
  onClose: () => void;
}

/**
 * Shows a key that was just made. Where the contract shows secrets only once, leaving without having kept it is asked about: it would be
 * lost.
 */
export function NewKeyDialog({ pair, onClose }: Props) {
  const t = useT();
  const { data: contract } = useQuery(contractQuery);
  const [kept, setKept] = useState(false);
  const [asking, setAsking] = useState(false);
  const leave = () => {
    if (contract?.secrets === 'once' && !kept) setAsking(true);
    else onClose();
  };
  return (
    <>
      <Modal
        opened
        size="xl"
        onClose={leave}
        title={t('keys.generated')}
        closeOnClickOutside={false}
        closeButtonProps={{ 'aria-label': t('ui.close') }}
      >
        <NewKey pair={pair} onKept={() => setKept(true)} onClose={leave} />
      </Modal>
      {asking && (
        <ConfirmDialog
          title={t('keys.loseTitle')}
          confirm={t('keys.lose')}
          danger
          onConfirm={async () => onClose()}
          onClose={() => setAsking(false)}
        >
          <Text size="sm">{t('keys.loseText')}</Text>
        </ConfirmDialog>
      )}
    </>
  );
}

/** Both halves of a key, the file to keep, and what to put into programs. */
function NewKey({ pair, onKept, onClose }: Props & { onKept: () => void }) {
  const t = useT();
  const [shown, setShown] = useState(false);
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    button.current?.focus();
    announce(t('keys.generatedText'));
  }, [t]);

  return (
    <Stack>
      <Alert color="teal" icon={<IconCircleCheck size={20} aria-hidden />}>
        {t('keys.generatedText')}
      </Alert>
      <FieldList>
        <CopyField label={t('keys.accessKey')} value={pair.accessKey} />
        <SecretField
          label={t('keys.secretKey')}
          value={pair.secretKey}
          open={shown}
          onToggle={() => setShown(!shown)}
          onCopied={onKept}
        />
      </FieldList>
      <Group>
        <Button
          ref={button}
          leftSection={<IconDownload size={18} aria-hidden />}
          onClick={() => {
            downloadPair(pair);
            onKept();
          }}
        >
          {t('keys.download')}
        </Button>
      </Group>
      <SnippetTabs pair={pair} shown={shown} onKept={onKept} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t('ui.close')}
        </Button>
      </Group>
    </Stack>
  );
}
