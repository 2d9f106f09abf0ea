import { Alert, Anchor, Button, Checkbox, Group, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import { putWebsite, type Website } from '../../s3/rules.ts';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { Field, FieldList } from '../../ui/Field.tsx';
import { Section } from '../../ui/Section.tsx';
import { FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { regionsQuery } from '../keys/keys.ts';
import { useSession } from '../session/session.ts';
import { LeaveGuard } from './LeaveGuard.tsx';
import { RedirectRules, redirectFault } from './RedirectRules.tsx';
import { websiteQuery } from './rules.ts';
import classes from './settings.module.css';
import { policyQuery } from './settings.ts';
import { useSave } from './useSave.ts';

/** Whether and how the bucket is served as a website. */
export function WebsiteSection({ bucket }: { bucket: string }) {
  const t = useT();
  const { data, error, refetch } = useQuery(websiteQuery(bucket));
  return (
    <Section title={t('rule.website')} hint={t('rule.websiteHint')}>
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={t('set.denied')} />
      ) : !data ? (
        <Loading />
      ) : (
        <Stack>
          {data.on && <Site bucket={bucket} redirects={data.redirect !== ''} />}
          <WebsiteForm key={JSON.stringify(data)} bucket={bucket} kept={data} />
        </Stack>
      )}
    </Section>
  );
}

/** Where the site is, and what keeps people from seeing it. */
function Site({ bucket, redirects }: { bucket: string; redirects: boolean }) {
  const t = useT();
  const { s3 } = useSession();
  const { data: regions } = useQuery(regionsQuery);
  const { data: policy } = useQuery(policyQuery(bucket));
  if (!regions) return null;
  const domain = regions[0]?.properties.website;
  if (!domain) return <Alert color="brass">{t('rule.siteNone')}</Alert>;
  const address = siteOf(bucket, domain, s3.url);
  return (
    <>
      <FieldList>
        <Field label={t('rule.site')}>
          <Group gap="xs">
            <Anchor href={address} target="_blank" rel="noreferrer">
              {address}
            </Anchor>
            <CopyButton value={address} what={t('rule.site')} />
          </Group>
        </Field>
      </FieldList>
      {policy && !policy.open && !redirects && (
        <Alert color="brass" role="note">
          {t('rule.siteClosed')}{' '}
          <Anchor
            inherit
            underline="always"
            renderRoot={props => (
              <Link to={paths.bucketSettings} params={{ bucket }} search={{ tab: 'access' }} {...props} />
            )}
          >
            {t('rule.siteOpen')}
          </Anchor>
        </Alert>
      )}
    </>
  );
}

/** Returns the address of a bucket's site: its host below the domain, reached as S3 is. */
export function siteOf(bucket: string, domain: string, s3: string): string {
  const url = new URL('/', s3);
  url.hostname = `${bucket}.${domain}`;
  return url.href;
}

function WebsiteForm({ bucket, kept }: { bucket: string; kept: Website }) {
  const t = useT();
  const [site, setSite] = useState(kept);
  const [tried, setTried] = useState(false);
  const { save, busy, error } = useSave(websiteQuery(bucket).queryKey);
  const faulty = site.on && !site.redirect && site.rules.some(rule => redirectFault(rule) !== undefined);
  const incomplete = site.on && !site.redirect.trim() && !site.index.trim();

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!incomplete && !faulty) void save(() => putWebsite(bucket, site), t('rule.websiteSaved'));
  }

  return (
    <>
      <LeaveGuard unsaved={JSON.stringify(site) !== JSON.stringify(kept)} />
      <form onSubmit={submit} noValidate>
        <Stack>
          <Checkbox
            label={t('rule.websiteOn')}
            description={t('rule.websiteOnHint')}
            checked={site.on}
            onChange={event => setSite({ ...site, on: event.currentTarget.checked })}
          />
          {site.on && (
            <div className={`${classes.columns} ${classes.bottom}`}>
              <TextInput
                label={t('rule.index')}
                value={site.index}
                maxLength={1024}
                error={tried && incomplete && t('rule.indexNeeded')}
                onChange={event => setSite({ ...site, index: event.currentTarget.value })}
              />
              <TextInput
                label={t('rule.error')}
                value={site.error}
                maxLength={1024}
                onChange={event => setSite({ ...site, error: event.currentTarget.value })}
              />
              <TextInput
                label={t('rule.redirect')}
                value={site.redirect}
                maxLength={253}
                placeholder="www.example.org"
                onChange={event => setSite({ ...site, redirect: event.currentTarget.value })}
              />
            </div>
          )}
          {site.on && !site.redirect && (
            <RedirectRules rules={site.rules} tried={tried} change={rules => setSite({ ...site, rules })} />
          )}
          <FailureAlert error={error} />
          <Group>
            <Button type="submit" loading={busy}>
              {t('ui.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </>
  );
}
