import { Checkbox, Group, Modal, NativeSelect, Stack, Text, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useI18n } from '../../i18n/index.tsx';
import { shareLink } from '../../s3/client.ts';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { FailureAlert, Loading } from '../../ui/States.tsx';
import { isActive, keysQuery } from '../keys/keys.ts';
import { useSession } from '../session/session.ts';
import classes from './details.module.css';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** Seconds that a link may last; a week is S3's own limit. */
export const lifetimes = [15 * minute, hour, 12 * hour, day, 3 * day, 7 * day] as const;

interface Props {
  bucket: string;
  objectKey: string;
  onClose: () => void;
}

/** Makes a link that anybody may follow, for as long as chosen; a key that signs it can end it at any time. */
export function ShareDialog({ bucket, objectKey, onClose }: Props) {
  const { t, dateTime } = useI18n();
  const { expires } = useSession();
  const { data: keys, error: keysError } = useQuery(keysQuery);
  const [seconds, setSeconds] = useState<number>(day);
  const [chosen, setChosen] = useState<string | null>(null);
  const [download, setDownload] = useState(false);
  const active = keys?.filter(isActive) ?? [];
  const accessKey = chosen ?? active[0]?.properties.accessKey ?? '';
  const { data, error } = useQuery({
    queryKey: ['share', bucket, objectKey, seconds, accessKey, download],
    enabled: keys !== undefined || keysError !== null,
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      // What the session signs ends with it.
      const last = accessKey ? Number.POSITIVE_INFINITY : Date.parse(expires);
      const ends = new Date(
        Math.min(Date.now() + seconds * 1000, Number.isNaN(last) ? Number.POSITIVE_INFINITY : last),
      );
      const options = { expiresSeconds: seconds, accessKey: accessKey || undefined, download };
      return { link: await shareLink(bucket, objectKey, options), ends };
    },
  });
  const nameOf = (key: string, description?: string) =>
    `${key.slice(0, 8)}…${key.slice(-6)}${description ? ` · ${description}` : ''}`;

  return (
    <Modal
      opened
      onClose={onClose}
      title={t('objects.shareTitle', { name: objectKey.split('/').at(-1) ?? objectKey })}
      closeButtonProps={{ 'aria-label': t('ui.close') }}
    >
      <Stack>
        <NativeSelect
          label={t('objects.shareFor')}
          value={String(seconds)}
          onChange={event => setSeconds(Number(event.currentTarget.value))}
          data={lifetimes.map(life => ({
            value: String(life),
            label:
              life < hour
                ? t('objects.shareMinutes', { count: life / minute })
                : life < day
                  ? t('objects.shareHours', { count: life / hour })
                  : t('objects.shareDays', { count: life / day }),
          }))}
        />
        <NativeSelect
          label={t('objects.shareEnds')}
          description={t('objects.shareEndsHint')}
          value={accessKey}
          onChange={event => setChosen(event.currentTarget.value)}
          data={[
            ...active.map(key => ({
              value: key.properties.accessKey,
              label: t('objects.shareKey', { key: nameOf(key.properties.accessKey, key.properties.description) }),
            })),
            { value: '', label: t('objects.shareSession') },
          ]}
        />
        <Checkbox
          label={t('objects.shareDownload')}
          checked={download}
          onChange={event => setDownload(event.currentTarget.checked)}
        />
        <FailureAlert error={error} />
        {!error && !data && <Loading />}
        {data && (
          <>
            <Textarea
              className={classes.link}
              label={t('objects.shareLink')}
              value={data.link}
              readOnly
              rows={4}
              onFocus={event => event.currentTarget.select()}
            />
            <Text size="sm">{t('objects.shareText', { ends: dateTime(data.ends) })}</Text>
            <Group>
              <CopyButton value={data.link} what={t('objects.shareLink')} labelled size="sm" />
            </Group>
          </>
        )}
      </Stack>
    </Modal>
  );
}
