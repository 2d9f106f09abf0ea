import { Button, Checkbox, Group, Modal, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { User } from '../../api/types.ts';
import { useT } from '../../i18n/index.tsx';
import { FailureAlert } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { nameOf } from '../people/people.ts';
import { importedAccessKey, importKey } from './operator.ts';
import { useOperatorWords } from './words.ts';

interface Props {
  contract: number;
  user: User;
  onClose: () => void;
}

/** Takes a key over that was made elsewhere. The secret is in the form's field alone and goes with it. */
export function ImportKeyDialog({ contract, user, onClose }: Props) {
  const w = useOperatorWords();
  const t = useT();
  const [wrong, setWrong] = useState<'accessKey' | 'secretKey' | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const fields = new FormData(form);
    const text = (name: string) => String(fields.get(name) ?? '').trim();
    const fault = !importedAccessKey.test(text('accessKey')) ? 'accessKey' : !text('secretKey') ? 'secretKey' : null;
    setWrong(fault);
    if (fault) {
      form.querySelector<HTMLInputElement>(`[name=${fault}]`)?.focus();
      return;
    }
    setBusy(true);
    setError(null);
    try {
      await importKey(contract, user.id, {
        accessKey: text('accessKey'),
        secretKey: text('secretKey'),
        description: text('description'),
        userOwnedOnly: fields.get('userOwnedOnly') === 'on',
      });
      toast({ kind: 'done', title: w('op.imported', { name: nameOf(user) }) });
      onClose();
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  }

  return (
    <Modal
      opened
      onClose={onClose}
      title={w('op.importFor', { name: nameOf(user) })}
      closeButtonProps={{ 'aria-label': t('ui.close') }}
    >
      <form onSubmit={submit} noValidate method="post">
        <Stack>
          <Text size="sm">{w('op.importText')}</Text>
          <TextInput
            name="accessKey"
            label={t('keys.accessKey')}
            description={w('op.accessKeyRule')}
            maxLength={128}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            error={wrong === 'accessKey' && w('op.accessKeyWrong')}
            data-autofocus
          />
          <PasswordInput
            name="secretKey"
            label={t('keys.secretKey')}
            maxLength={128}
            autoComplete="off"
            error={wrong === 'secretKey' && w('op.required')}
            visibilityToggleButtonProps={{ 'aria-label': t('session.showPassword') }}
          />
          <TextInput name="description" label={t('keys.description')} maxLength={200} autoComplete="off" />
          <Checkbox name="userOwnedOnly" label={w('op.userOwnedOnly')} description={w('op.userOwnedOnlyHint')} />
          <FailureAlert error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={busy}>
              {w('op.import')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
