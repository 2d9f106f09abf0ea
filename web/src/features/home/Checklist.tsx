import { Button, Text, Title } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useT } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import { listObjects } from '../../s3/client.ts';
import { bucketsQuery } from '../buckets/buckets.ts';
import { keysQuery } from '../keys/keys.ts';
import { useSession } from '../session/session.ts';
import classes from './Checklist.module.css';

/** Buckets in which a first object is looked for. */
const looked = 5;

/** The first minute: a key, a bucket, an upload. It fills itself in and goes when all is done. */
export function Checklist({ onCreateBucket }: { onCreateBucket: () => void }) {
  const t = useT();
  const { user } = useSession();
  const { data: keys } = useQuery(keysQuery);
  const { data: buckets } = useQuery(bucketsQuery);
  const first = buckets?.slice(0, looked).map(bucket => bucket.name) ?? [];
  const { data: hasObject } = useQuery({
    queryKey: ['first-object', ...first],
    enabled: first.length > 0,
    queryFn: async ({ signal }) => {
      const pages = await Promise.allSettled(
        first.map(bucket => listObjects({ bucket, folder: '', flat: true, max: 1, signal })),
      );
      return pages.some(page => page.status === 'fulfilled' && page.value.entries.length > 0);
    },
  });
  if (!user.objectStorage || !keys || !buckets || (first.length > 0 && hasObject === undefined)) return null;
  const done = { key: keys.length > 0, bucket: buckets.length > 0, upload: hasObject === true };
  if (done.key && done.bucket && done.upload) return null;
  const target = first[0];

  return (
    <section className={classes.card} aria-labelledby="first-steps">
      <Title order={2} id="first-steps">
        {t('first.title')}
      </Title>
      <Text c="dimmed" size="sm" mb="md">
        {t('first.text')}
      </Text>
      <ol className={classes.steps}>
        <Step
          n={1}
          done={done.key}
          title={t('first.key')}
          text={t('first.keyText')}
          action={
            <Button
              size="xs"
              variant="light"
              renderRoot={props => <Link to={paths.objectStorage} search={{ tab: 'keys' }} {...props} />}
            >
              {t('first.keyAction')}
            </Button>
          }
        />
        <Step
          n={2}
          done={done.bucket}
          title={t('first.bucket')}
          text={t('first.bucketText')}
          action={
            <Button size="xs" variant="light" onClick={onCreateBucket}>
              {t('first.bucketAction')}
            </Button>
          }
        />
        <Step
          n={3}
          done={done.upload}
          title={t('first.upload')}
          text={t('first.uploadText')}
          action={
            target && (
              <Button
                size="xs"
                variant="light"
                renderRoot={props => <Link to={paths.bucket} params={{ bucket: target }} {...props} />}
              >
                {t('first.uploadAction', { name: target })}
              </Button>
            )
          }
        />
      </ol>
    </section>
  );
}

interface StepProps {
  n: number;
  done: boolean;
  title: string;
  text: string;
  action: ReactNode;
}

function Step({ n, done, title, text, action }: StepProps) {
  const t = useT();
  return (
    <li className={classes.step} data-done={done || undefined}>
      <span className={classes.mark} aria-hidden>
        {done ? <IconCheck size={18} /> : n}
      </span>
      <div className={classes.what}>
        <Text fw={600}>
          {title}
          {done && <span className="coffer-offscreen"> ({t('first.done')})</span>}
        </Text>
        <Text size="sm" c="dimmed">
          {text}
        </Text>
      </div>
      {!done && action}
    </li>
  );
}
