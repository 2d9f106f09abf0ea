import { Button, NativeSelect, Stack } from '@mantine/core';
import { IconBucket, IconFilterOff, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useT, withWords } from '../../i18n/index.tsx';
import { type Owned, paths } from '../../routes/paths.ts';
import type { Bucket } from '../../s3/types.ts';
import { ExplainedButton } from '../../ui/Explained.tsx';
import { Section } from '../../ui/Section.tsx';
import { EmptyState, FailureState, Loading } from '../../ui/States.tsx';
import { Checklist } from '../home/Checklist.tsx';
import { regionsQuery } from '../keys/keys.ts';
import { useSession } from '../session/session.ts';
import { BucketTable } from './BucketTable.tsx';
import { bucketsQuery, mayCreateIn, ofType } from './buckets.ts';

// It says what it says of retention in the words of settings.
const CreateBucketDialog = lazy(
  withWords(() => import('./CreateBucketDialog.tsx').then(m => ({ default: m.CreateBucketDialog }))),
);
const DeleteBucketDialog = lazy(() =>
  import('./DeleteBucketDialog.tsx').then(m => ({ default: m.DeleteBucketDialog })),
);

/** The buckets of the signed-in person, and on an empty home the way to the first one. */
export function BucketsTab() {
  const t = useT();
  const session = useSession();
  const navigate = useNavigate();
  const { owned = 'all' } = useSearch({ from: '/shell/storage/object-storage' });
  const { data: buckets, error, refetch } = useQuery(bucketsQuery);
  const { data: regions } = useQuery(regionsQuery);
  const [dialog, setDialog] = useState<'create' | Bucket | null>(null);

  const choose = (value: Owned) =>
    navigate({
      to: paths.objectStorage,
      search: { tab: 'buckets', owned: value === 'all' ? undefined : value },
      replace: true,
    });
  const allowed = regions?.some(region => mayCreateIn(region, session)) ?? true;
  const create = (
    <ExplainedButton
      reason={allowed ? '' : t('buckets.mayNotCreate')}
      leftSection={<IconPlus size={18} aria-hidden />}
      onClick={() => setDialog('create')}
    >
      {t('buckets.create')}
    </ExplainedButton>
  );

  let content = <Loading />;
  if (error) {
    content = <FailureState error={error} onRetry={refetch} deniedHint={t('buckets.denied')} />;
  } else if (buckets && regions) {
    const shown = ofType(buckets, owned, regions);
    if (buckets.length === 0) {
      content = (
        <EmptyState icon={<IconBucket size={28} />} title={t('buckets.none')}>
          {allowed ? t('buckets.noneText') : t('buckets.mayNotCreate')}
        </EmptyState>
      );
    } else if (shown.length === 0) {
      content = (
        <EmptyState
          icon={<IconFilterOff size={28} />}
          title={t('buckets.noneOfType')}
          actions={
            <Button variant="default" onClick={() => choose('all')}>
              {t('buckets.showAll')}
            </Button>
          }
        >
          {t('buckets.noneOfTypeText', { count: buckets.length })}
        </EmptyState>
      );
    } else {
      content = <BucketTable buckets={shown} regions={regions} onDelete={setDialog} />;
    }
  }

  return (
    <Stack gap="lg">
      {!session.visitor && <Checklist onCreateBucket={() => setDialog('create')} />}
      <Section
        title={t('buckets.title')}
        hint={t('buckets.hint')}
        action={
          <div style={{ display: 'flex', flexWrap: 'wrap', gap: '0.75rem' }}>
            <NativeSelect
              aria-label={t('buckets.which')}
              value={owned}
              onChange={event => choose(event.currentTarget.value as Owned)}
              data={[
                { value: 'all', label: t('buckets.showAll') },
                { value: 'user', label: t('buckets.showUserOwned') },
                { value: 'contract', label: t('buckets.showContractOwned') },
              ]}
            />
            {create}
          </div>
        }
      >
        {content}
      </Section>
      <Suspense>
        {dialog === 'create' && <CreateBucketDialog onClose={() => setDialog(null)} />}
        {dialog && dialog !== 'create' && (
          <DeleteBucketDialog key={dialog.name} bucket={dialog} onClose={() => setDialog(null)} />
        )}
      </Suspense>
    </Stack>
  );
}
