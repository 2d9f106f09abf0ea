import { Button, Group, Modal, NativeSelect, Radio, Stack, Text, TextInput } from '@mantine/core';
import { IconCheck, IconPointFilled } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { asFailure } from '../../api/failure.ts';
import { useT } from '../../i18n/index.tsx';
import { createBucket } from '../../s3/client.ts';
import { putLock, putVersioning } from '../../s3/settings.ts';
import type { DefaultRetention } from '../../s3/types.ts';
import { explain, FailureAlert, Loading } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { regionsQuery } from '../keys/keys.ts';
import { useSession } from '../session/session.ts';
import { draftOf, RetentionFields, retentionOf } from '../settings/RetentionFields.tsx';
import { bucketsQuery, checkName, isValidName, mayCreateIn } from './buckets.ts';
import classes from './CreateBucketDialog.module.css';

type Protection = 'none' | 'versions' | 'lock';

/** Gives a bucket that was just made what was chosen for it. */
async function protect(bucket: string, how: Protection, retention: DefaultRetention | null): Promise<void> {
  if (how === 'versions') await putVersioning(bucket, true);
  if (how === 'lock' && retention) await putLock(bucket, retention);
}

/** Makes a bucket. The rules for its name stand beside it and tick themselves off; only regions that one may use can be chosen. */
export function CreateBucketDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const session = useSession();
  const client = useQueryClient();
  const rulesId = useId();
  const { data: regions } = useQuery(regionsQuery);
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState('');
  const [how, setHow] = useState<Protection>('none');
  const [draft, setDraft] = useState(() => draftOf(null));
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const usable = regions?.filter(region => mayCreateIn(region, session)) ?? [];
  const region = usable.find(one => one.id === chosen) ?? usable[0];
  const valid = isValidName(name);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    const retention = how === 'lock' ? retentionOf(draft) : null;
    if (!valid || !region || busy || retention === undefined) return;
    setBusy(true);
    setError(null);
    try {
      await createBucket(name, region.id, how === 'lock');
      // The bucket is there: what fails from here on is told, and can be made up for in its settings.
      await protect(name, how, retention).catch(caught =>
        toast({ kind: 'failed', title: t('buckets.unprotected', { name }), text: explain(t, asFailure(caught)).text }),
      );
      await client.invalidateQueries({ queryKey: bucketsQuery.queryKey });
      toast({ kind: 'done', title: t('buckets.made', { name }) });
      onClose();
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  }

  return (
    <Modal opened onClose={onClose} title={t('buckets.create')} closeButtonProps={{ 'aria-label': t('ui.close') }}>
      {!regions ? (
        <Loading />
      ) : (
        <form onSubmit={submit} noValidate>
          <Stack>
            <TextInput
              label={t('buckets.name')}
              value={name}
              onChange={event => setName(event.currentTarget.value)}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              maxLength={63}
              error={tried && !valid && t('buckets.nameInvalid')}
              aria-describedby={rulesId}
              data-autofocus
            />
            <ul id={rulesId} className={classes.rules} aria-label={t('buckets.rules')}>
              {checkName(name).map(({ rule, kept }) => (
                <li key={rule} data-kept={kept} data-broken={(!kept && name !== '') || undefined}>
                  {kept ? <IconCheck size={16} aria-hidden /> : <IconPointFilled size={16} aria-hidden />}
                  <span>
                    {t(`buckets.rule.${rule}`)}
                    <span className="coffer-offscreen"> {kept ? t('buckets.ruleKept') : t('buckets.ruleBroken')}</span>
                  </span>
                </li>
              ))}
            </ul>
            <NativeSelect
              label={t('keys.region')}
              value={region?.id}
              onChange={event => setChosen(event.currentTarget.value)}
              data={usable.map(one => ({
                value: one.id,
                label: `${one.id} – ${one.properties.bucketOwnership === 'user-owned' ? t('buckets.userOwned') : t('buckets.contractOwned')}`,
              }))}
            />
            {region && (
              <Text size="sm" c="dimmed">
                {region.properties.bucketOwnership === 'user-owned'
                  ? t('buckets.userOwnedText')
                  : t('buckets.contractOwnedText')}
              </Text>
            )}
            <Radio.Group label={t('buckets.protection')} value={how} onChange={value => setHow(value as Protection)}>
              <Stack gap="xs" mt="xs">
                {(['none', 'versions', 'lock'] as const).map(one => (
                  <Radio
                    key={one}
                    value={one}
                    label={t(`buckets.protection.${one}`)}
                    description={t(`buckets.protectionText.${one}`)}
                  />
                ))}
              </Stack>
            </Radio.Group>
            {how === 'lock' && (
              <div className={classes.lock}>
                <RetentionFields draft={draft} onChange={setDraft} tried={tried} />
              </div>
            )}
            <FailureAlert error={error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t('ui.cancel')}
              </Button>
              <Button type="submit" loading={busy}>
                {t('buckets.create')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
