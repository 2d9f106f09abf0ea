import { Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useT } from '../../i18n/index.tsx';
import { type HomeTab, paths } from '../../routes/paths.ts';
import { useTitle } from '../../shell/useTitle.ts';
import { PageHeader } from '../../ui/Section.tsx';
import { Loading } from '../../ui/States.tsx';
import { BucketsTab } from '../buckets/BucketsTab.tsx';
import { useSession } from '../session/session.ts';

const KeysTab = lazy(() => import('../keys/KeysTab.tsx').then(m => ({ default: m.KeysTab })));

/** Object Storage: buckets, and beside them the keys. */
export function HomePage() {
  const t = useT();
  const navigate = useNavigate();
  const search = useSearch({ from: '/shell/storage/object-storage' });
  // Keys are their owner's: who looks into the storage of somebody else needs none.
  const keys = !useSession().visitor;
  const tab = keys ? (search.tab ?? 'buckets') : 'buckets';
  useTitle(tab === 'keys' ? t('keys.tab') : t('shell.objectStorage'));
  return (
    <>
      <PageHeader title={t('shell.objectStorage')} />
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={value =>
          navigate({
            to: paths.objectStorage,
            search: { tab: value === 'keys' ? ('keys' satisfies HomeTab) : undefined },
          })
        }
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="buckets">{t('buckets.tab')}</Tabs.Tab>
          {keys && <Tabs.Tab value="keys">{t('keys.tab')}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="buckets">
          <BucketsTab />
        </Tabs.Panel>
        <Tabs.Panel value="keys">
          <Suspense fallback={<Loading />}>
            <KeysTab />
          </Suspense>
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
