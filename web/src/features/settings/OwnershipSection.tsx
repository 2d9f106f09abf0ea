import { Button, Group, Radio, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { type ObjectOwnership, ownerships, putOwnership } from '../../s3/rules.ts';
import { Section } from '../../ui/Section.tsx';
import { FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { AclForm } from './AclForm.tsx';
import { ownershipQuery } from './rules.ts';
import { useSave } from './useSave.ts';

/** Whose the objects are that others write, and whether access control lists count. */
export function OwnershipSection({ bucket }: { bucket: string }) {
  const t = useT();
  const { data, error, refetch } = useQuery(ownershipQuery(bucket));
  return (
    <Section title={t('rule.ownership')} hint={t('rule.ownershipHint')}>
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={t('set.denied')} />
      ) : !data ? (
        <Loading />
      ) : (
        <Stack gap="xl">
          <OwnershipForm bucket={bucket} kept={data.ownership} />
          <AclForm
            key={JSON.stringify(data.acl)}
            bucket={bucket}
            kept={data.acl}
            off={data.ownership === 'BucketOwnerEnforced'}
          />
        </Stack>
      )}
    </Section>
  );
}

function OwnershipForm({ bucket, kept }: { bucket: string; kept: ObjectOwnership }) {
  const t = useT();
  const [chosen, setChosen] = useState<ObjectOwnership>(kept);
  const { save, busy, error } = useSave(ownershipQuery(bucket).queryKey);

  function submit(event: FormEvent) {
    event.preventDefault();
    void save(() => putOwnership(bucket, chosen), t('rule.ownershipSaved'));
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <Radio.Group
          aria-label={t('rule.ownership')}
          value={chosen}
          onChange={value => setChosen(value as ObjectOwnership)}
        >
          <Stack gap="sm">
            {ownerships.map(one => (
              <Radio key={one} value={one} label={t(`rule.own.${one}`)} description={t(`rule.ownText.${one}`)} />
            ))}
          </Stack>
        </Radio.Group>
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
