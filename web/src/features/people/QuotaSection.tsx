import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Quota } from '../../api/types.ts';
import { useI18n, useT } from '../../i18n/index.tsx';
import { Field, FieldList } from '../../ui/Field.tsx';
import { Section } from '../../ui/Section.tsx';
import { FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { mayManage, useSession } from '../session/session.ts';
import { type QuotaOf, quotaQuery, readLimit, type SizeUnit, setQuota, sizeParts, sizeUnits } from './quota.ts';

/** What a bucket or the user-owned buckets of a user hold and may hold; owners and administrators set it. */
export function QuotaSection({ of }: { of: { bucket: string } | { userId: string } }) {
  const t = useT();
  const manages = mayManage(useSession());
  return <QuotaCard of={of} hint={t('bucket' in of ? 'quota.bucketHint' : 'quota.userHint')} editable={manages} />;
}

/** The same for whoever it is of. */
export function QuotaCard({ of, hint, editable }: { of: QuotaOf; hint: string; editable: boolean }) {
  const { t, number, bytes } = useI18n();
  const { data: quota, error, refetch } = useQuery(quotaQuery(of));
  const share = (used: string, limit: string) => t('quota.share', { used, limit });

  let content = <Loading />;
  if (error) content = <FailureState error={error} onRetry={refetch} deniedHint={t('quota.denied')} />;
  else if (quota) {
    content = (
      <Stack>
        <FieldList>
          <Field label={t('quota.bytes')}>
            {share(bytes(quota.bytesUsed), quota.bytes ? bytes(quota.bytes) : t('quota.any'))}
          </Field>
          <Field label={t('quota.objects')}>
            {share(number(quota.objectsUsed), quota.objects ? number(quota.objects) : t('quota.any'))}
          </Field>
        </FieldList>
        {editable && <QuotaForm key={`${quota.bytes} ${quota.objects}`} of={of} quota={quota} />}
      </Stack>
    );
  }
  return (
    <Section title={t('quota.title')} hint={hint}>
      {content}
    </Section>
  );
}

function QuotaForm({ of, quota }: { of: QuotaOf; quota: Quota }) {
  const t = useT();
  const client = useQueryClient();
  const [unit, setUnit] = useState<SizeUnit>(sizeParts(quota.bytes).unit);
  const [wrong, setWrong] = useState<'bytes' | 'objects' | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  async function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const size = readLimit(String(fields.get('bytes') ?? ''), sizeUnits[unit]);
    const objects = readLimit(String(fields.get('objects') ?? ''), 1);
    if (size === null) return setWrong('bytes');
    if (objects === null) return setWrong('objects');
    setWrong(null);
    setError(null);
    setBusy(true);
    try {
      const set = await setQuota(of, { bytes: size, objects });
      client.setQueryData(quotaQuery(of).queryKey, set);
      toast({ kind: 'done', title: t('quota.saved') });
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form onSubmit={save} noValidate>
      <Stack>
        <Group align="flex-start">
          <TextInput
            name="bytes"
            label={t('quota.maxBytes')}
            description={t('quota.empty')}
            inputMode="decimal"
            autoComplete="off"
            maxLength={24}
            defaultValue={sizeParts(quota.bytes).amount}
            error={wrong === 'bytes' && t('quota.wrong')}
          />
          <NativeSelect
            label={t('quota.unit')}
            description={t('quota.unitHint')}
            value={unit}
            onChange={event => setUnit(event.currentTarget.value as SizeUnit)}
            data={Object.keys(sizeUnits)}
          />
          <TextInput
            name="objects"
            label={t('quota.maxObjects')}
            description={t('quota.empty')}
            inputMode="numeric"
            autoComplete="off"
            maxLength={24}
            defaultValue={quota.objects ?? ''}
            error={wrong === 'objects' && t('quota.wrong')}
          />
        </Group>
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
