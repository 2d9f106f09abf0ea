import { Button, Checkbox, Group, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { putPublicBlock } from '../../s3/settings.ts';
import type { PublicBlock } from '../../s3/types.ts';
import { Section } from '../../ui/Section.tsx';
import { FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { publicBlockQuery } from './settings.ts';
import { useSave } from './useSave.ts';

const parts = ['policy', 'restrict', 'acls', 'ignoreAcls'] as const;

/** What stays closed to the public, whatever policies and ACLs say. */
export function PublicSection({ bucket }: { bucket: string }) {
  const t = useT();
  const { data, error, refetch } = useQuery(publicBlockQuery(bucket));
  return (
    <Section title={t('set.public')} hint={t('set.publicHint')}>
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={t('set.denied')} />
      ) : !data ? (
        <Loading />
      ) : (
        <PublicForm bucket={bucket} kept={data} />
      )}
    </Section>
  );
}

function PublicForm({ bucket, kept }: { bucket: string; kept: PublicBlock }) {
  const t = useT();
  const [block, setBlock] = useState(kept);
  const { save, busy, error } = useSave(['settings', bucket]);
  const count = parts.filter(part => block[part]).length;

  function submit(event: FormEvent) {
    event.preventDefault();
    void save(() => putPublicBlock(bucket, block), t('set.publicSaved'));
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <Checkbox
          label={t('set.publicAll')}
          checked={count === parts.length}
          indeterminate={count > 0 && count < parts.length}
          onChange={event => {
            const on = event.currentTarget.checked;
            setBlock({ acls: on, ignoreAcls: on, policy: on, restrict: on });
          }}
        />
        <Stack gap="sm" pl="lg">
          {parts.map(part => (
            <Checkbox
              key={part}
              label={t(`set.public.${part}`)}
              description={t(`set.publicText.${part}`)}
              checked={block[part]}
              onChange={event => setBlock({ ...block, [part]: event.currentTarget.checked })}
            />
          ))}
        </Stack>
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
