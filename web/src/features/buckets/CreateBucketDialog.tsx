import { Button, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { IconCheck, IconPointFilled } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { createBucket } from '../../s3/client.ts';
import { FailureAlert, Loading } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { regionsQuery } from '../keys/keys.ts';
import { useSession } from '../session/session.ts';
import { bucketsQuery, checkName, isValidName, mayCreateIn } from './buckets.ts';
import classes from './CreateBucketDialog.module.css';

/** Makes a bucket. The rules for its name stand beside it and tick themselves off; only regions that one may use can be chosen. */
export function CreateBucketDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const session = useSession();
  const client = useQueryClient();
  const rulesId = useId();
  const { data: regions } = useQuery(regionsQuery);
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState('');
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const usable = regions?.filter(region => mayCreateIn(region, session)) ?? [];
  const region = usable.find(one => one.id === chosen) ?? usable[0];
  const valid = isValidName(name);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!valid || !region || busy) return;
    setBusy(true);
    setError(null);
    try {
      await createBucket(name, region.id);
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
