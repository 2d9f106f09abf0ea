import { Button, Group, Radio, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { type Encryption, putEncryption } from '../../s3/rules.ts';
import { Section } from '../../ui/Section.tsx';
import { FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { encryptionQuery } from './rules.ts';
import { useSave } from './useSave.ts';

const algorithms = ['none', 'AES256', 'aws:kms'] as const;

/** What new objects are encrypted under. */
export function EncryptionSection({ bucket }: { bucket: string }) {
  const t = useT();
  const { data, error, refetch } = useQuery(encryptionQuery(bucket));
  return (
    <Section title={t('rule.encryption')} hint={t('rule.encryptionHint')}>
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={t('set.denied')} />
      ) : !data ? (
        <Loading />
      ) : (
        <EncryptionForm bucket={bucket} kept={data} />
      )}
    </Section>
  );
}

function EncryptionForm({ bucket, kept }: { bucket: string; kept: Encryption }) {
  const t = useT();
  const [draft, setDraft] = useState(kept);
  const { save, busy, error } = useSave(encryptionQuery(bucket).queryKey);

  function submit(event: FormEvent) {
    event.preventDefault();
    void save(() => putEncryption(bucket, { ...draft, key: draft.key.trim() }), t('rule.encryptionSaved'));
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <Radio.Group
          aria-label={t('rule.encryption')}
          value={draft.algorithm}
          onChange={value => setDraft({ ...draft, algorithm: value as Encryption['algorithm'] })}
        >
          <Stack gap="sm">
            {algorithms.map(one => (
              <Radio
                key={one}
                value={one}
                label={t(`rule.encryption.${one}`)}
                description={t(`rule.encryptionText.${one}`)}
              />
            ))}
          </Stack>
        </Radio.Group>
        {draft.algorithm === 'aws:kms' && (
          <TextInput
            label={t('rule.kmsKey')}
            description={t('rule.kmsKeyHint')}
            maw={360}
            maxLength={128}
            value={draft.key}
            onChange={event => setDraft({ ...draft, key: event.currentTarget.value })}
          />
        )}
        <FailureAlert error={error} />
        <Group>
          <Button type="submit" loading={busy}>
            {t('ui.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
