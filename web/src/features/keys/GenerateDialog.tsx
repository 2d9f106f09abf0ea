import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { AccessKey } from '../../api/types.ts';
import { useT } from '../../i18n/index.tsx';
import { FailureAlert } from '../../ui/States.tsx';
import { ExpiryField, useTerm } from './ExpiryField.tsx';
import { expiresOf, type Term } from './expiry.ts';
import { generateKey, keysChanged } from './keys.ts';
import { NewKeyDialog } from './NewKey.tsx';

/** Generates a key after confirmation, and then shows it. The secret lives in this dialog alone and goes with it. */
export function GenerateDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [description, setDescription] = useState('');
  const [chosen, setChosen] = useState<Term | undefined>();
  const { term } = useTerm(chosen);
  const [made, setMade] = useState<AccessKey | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      setMade(await generateKey(description.trim(), expiresOf(term, Date.now())));
      await keysChanged(client);
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  }

  if (made) return <NewKeyDialog pair={made.properties} onClose={onClose} />;
  return (
    <Modal opened onClose={onClose} title={t('keys.generate')} closeButtonProps={{ 'aria-label': t('ui.close') }}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <Text size="sm">{t('keys.generateText')}</Text>
          <TextInput
            label={t('keys.description')}
            description={t('keys.descriptionHint')}
            value={description}
            maxLength={200}
            autoComplete="off"
            onChange={event => setDescription(event.currentTarget.value)}
          />
          <ExpiryField value={chosen} onChange={setChosen} />
          <FailureAlert error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={busy} data-autofocus>
              {t('keys.generateConfirm')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
