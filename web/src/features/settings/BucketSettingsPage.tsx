import { Button, Stack, Tabs } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useT } from '../../i18n/index.tsx';
import { paths, type SettingsTab, settingsTabs } from '../../routes/paths.ts';
import { useTitle } from '../../shell/useTitle.ts';
import { PageHeader, Section } from '../../ui/Section.tsx';
import { Loading } from '../../ui/States.tsx';
import { QuotaSection } from '../people/QuotaSection.tsx';
import { useSession } from '../session/session.ts';
import { CorsSection } from './CorsSection.tsx';
import { EmptySection } from './EmptySection.tsx';
import { EncryptionSection } from './EncryptionSection.tsx';
import { LifecycleSection } from './LifecycleSection.tsx';
import { LockSection } from './LockSection.tsx';
import { OwnershipSection } from './OwnershipSection.tsx';
import { PublicSection } from './PublicSection.tsx';
import { TagsEditor } from './TagsEditor.tsx';
import { VersioningSection } from './VersioningSection.tsx';
import { WebsiteSection } from './WebsiteSection.tsx';

const PolicySection = lazy(() => import('../policy/PolicySection.tsx').then(m => ({ default: m.PolicySection })));
const LoggingSection = lazy(() => import('./LoggingSection.tsx').then(m => ({ default: m.LoggingSection })));
const UsageSection = lazy(() => import('./UsageSection.tsx').then(m => ({ default: m.UsageSection })));

/** How a bucket behaves, a tab for each matter. */
export function BucketSettingsPage() {
  const t = useT();
  const navigate = useNavigate();
  const { bucket } = useParams({ from: '/shell/storage/object-storage/$bucket/settings' });
  const {
    tab = 'protection',
    policy = 'builder',
    measure,
    days,
  } = useSearch({
    from: '/shell/storage/object-storage/$bucket/settings',
  });
  const visiting = useSession().visitor !== undefined;
  const title = t('set.title', { name: bucket });
  useTitle(title);

  return (
    <>
      <Button
        variant="subtle"
        px={0}
        mb="xs"
        leftSection={<IconArrowLeft size={18} aria-hidden />}
        renderRoot={props => <Link to={paths.bucket} params={{ bucket }} {...props} />}
      >
        {bucket}
      </Button>
      <PageHeader title={title} />
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={value =>
          navigate({
            to: paths.bucketSettings,
            params: { bucket },
            search: { tab: value === 'protection' ? undefined : (value as SettingsTab) },
          })
        }
      >
        <Tabs.List mb="lg">
          {settingsTabs
            .filter(one => (one !== 'quota' && one !== 'usage') || !visiting)
            .map(one => (
              <Tabs.Tab key={one} value={one}>
                {t(`set.tab.${one}`)}
              </Tabs.Tab>
            ))}
        </Tabs.List>
        <Tabs.Panel value="protection">
          <Stack gap="lg">
            <VersioningSection bucket={bucket} />
            <LockSection bucket={bucket} />
            <EmptySection bucket={bucket} />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="access">
          <Stack gap="lg">
            <Suspense fallback={<Loading />}>
              <PolicySection
                bucket={bucket}
                view={policy}
                onView={view =>
                  navigate({
                    to: paths.bucketSettings,
                    params: { bucket },
                    search: { tab, policy: view === 'json' ? view : undefined },
                    replace: true,
                  })
                }
              />
            </Suspense>
            <PublicSection bucket={bucket} />
            <OwnershipSection bucket={bucket} />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="lifecycle">
          <LifecycleSection bucket={bucket} />
        </Tabs.Panel>
        <Tabs.Panel value="encryption">
          <EncryptionSection bucket={bucket} />
        </Tabs.Panel>
        <Tabs.Panel value="website">
          <WebsiteSection bucket={bucket} />
        </Tabs.Panel>
        <Tabs.Panel value="logging">
          <Suspense fallback={<Loading />}>
            <LoggingSection bucket={bucket} />
          </Suspense>
        </Tabs.Panel>
        <Tabs.Panel value="cors">
          <CorsSection bucket={bucket} />
        </Tabs.Panel>
        <Tabs.Panel value="tags">
          <Section title={t('set.tags')} hint={t('set.tagsHint')}>
            <TagsEditor bucket={bucket} />
          </Section>
        </Tabs.Panel>
        <Tabs.Panel value="quota">
          <QuotaSection of={{ bucket }} />
        </Tabs.Panel>
        <Tabs.Panel value="usage">
          <Suspense fallback={<Loading />}>
            <UsageSection
              bucket={bucket}
              measure={measure}
              days={days}
              change={part =>
                navigate({
                  to: paths.bucketSettings,
                  params: { bucket },
                  search: { tab, measure, days, ...part },
                  replace: true,
                })
              }
            />
          </Suspense>
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
