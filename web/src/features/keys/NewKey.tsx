import { Alert, Button, Group, Stack } from '@mantine/core';
import { IconCircleCheck, IconDownload } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { CopyField, FieldList, SecretField } from '../../ui/Field.tsx';
import { announce } from '../../ui/live.tsx';
import { downloadPair, type KeyPair } from './pair.ts';
import { SnippetTabs } from './SnippetTabs.tsx';

/** Shows a key that was just made: both halves, the file to keep, and what to put into programs. */
export function NewKey({ pair, onClose }: { pair: KeyPair; onClose: () => void }) {
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
        />
      </FieldList>
      <Group>
        <Button ref={button} leftSection={<IconDownload size={18} aria-hidden />} onClick={() => downloadPair(pair)}>
          {t('keys.download')}
        </Button>
      </Group>
      <SnippetTabs pair={pair} shown={shown} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t('ui.close')}
        </Button>
      </Group>
    </Stack>
  );
}
