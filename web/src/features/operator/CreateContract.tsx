import { Alert, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { CopyField, FieldList } from '../../ui/Field.tsx';
import { FailureAlert } from '../../ui/States.tsx';
import { createContract, type NewContract } from './operator.ts';
import { useOperatorWords } from './words.ts';

/** What is shown once a contract was made. */
export interface MadeContract {
  number: number;
  email: string;
  password: string;
}

const fields = ['name', 'firstname', 'lastname', 'email'] as const;
const labels = {
  name: 'op.contractName',
  firstname: 'op.firstName',
  lastname: 'op.lastName',
  email: 'op.email',
} as const;

interface Props {
  onMade: (made: MadeContract) => void;
  onClose: () => void;
}

/** Makes a contract with its owner, for whom a password is generated. */
export function CreateContractDialog({ onMade, onClose }: Props) {
  const w = useOperatorWords();
  const t = useT();
  const client = useQueryClient();
  const [wrong, setWrong] = useState<Partial<Record<keyof NewContract, string>>>({});
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const value = (name: keyof NewContract) => String(given.get(name) ?? '').trim();
    const faults: typeof wrong = {};
    for (const name of fields) if (!value(name)) faults[name] = w('op.required');
    if (!faults.email && !/^[^@\s]+@[^@\s]+$/.test(value('email'))) faults.email = w('op.emailWrong');
    setWrong(faults);
    const first = fields.find(name => faults[name]);
    if (first) {
      form.querySelector<HTMLInputElement>(`[name=${first}]`)?.focus();
      return;
    }
    setBusy(true);
    setError(null);
    try {
      const { contract, owner, password } = await createContract({
        name: value('name'),
        firstname: value('firstname'),
        lastname: value('lastname'),
        email: value('email'),
      });
      await client.invalidateQueries({ queryKey: ['operator', 'contracts'] });
      onClose();
      onMade({ number: contract.number, email: owner.email, password: password ?? '' });
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  }

  return (
    <Modal opened onClose={onClose} title={w('op.create')} closeButtonProps={{ 'aria-label': t('ui.close') }}>
      <form onSubmit={submit} noValidate method="post">
        <Stack>
          <Text size="sm">{w('op.createText')}</Text>
          {fields.map((name, index) => (
            <TextInput
              key={name}
              name={name}
              type={name === 'email' ? 'email' : 'text'}
              label={w(labels[name])}
              maxLength={name === 'email' ? 254 : 128}
              error={wrong[name]}
              autoComplete="off"
              data-autofocus={index === 0 || undefined}
            />
          ))}
          <FailureAlert error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={busy}>
              {w('op.create')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Shows how the owner of a new contract signs in, this once. */
export function MadeContractDialog({ made, onClose }: { made: MadeContract; onClose: () => void }) {
  const w = useOperatorWords();
  return <HandOverDialog title={w('op.made', { number: String(made.number) })} {...made} onClose={onClose} />;
}

interface HandOverProps {
  title: string;
  email: string;
  password: string;
  onClose: () => void;
}

/** Shows a new password this once, with what else is needed to sign in. */
export function HandOverDialog({ title, email, password, onClose }: HandOverProps) {
  const w = useOperatorWords();
  const t = useT();
  return (
    <Modal
      opened
      size="lg"
      onClose={onClose}
      title={title}
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': t('ui.close') }}
    >
      <Stack>
        <Alert color="tide">{w('op.handOver')}</Alert>
        <FieldList>
          <CopyField label={w('op.consoleAt')} value={location.origin} />
          <CopyField label={t('session.email')} value={email} />
          <CopyField label={w('op.password')} value={password} labelled />
        </FieldList>
        <Group justify="flex-end">
          <Button onClick={onClose}>{t('ui.close')}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
