import { Button, Checkbox, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { putWebsite, type Website } from '../../s3/rules.ts';
import { Section } from '../../ui/Section.tsx';
import { FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { websiteQuery } from './rules.ts';
import classes from './settings.module.css';
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
        <WebsiteForm key={JSON.stringify(data)} bucket={bucket} kept={data} />
      )}
    </Section>
  );
}

function WebsiteForm({ bucket, kept }: { bucket: string; kept: Website }) {
  const t = useT();
  const [site, setSite] = useState(kept);
  const [tried, setTried] = useState(false);
  const { save, busy, error } = useSave(websiteQuery(bucket).queryKey);
  const incomplete = site.on && !site.redirect.trim() && !site.index.trim();

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!incomplete) void save(() => putWebsite(bucket, site), t('rule.websiteSaved'));
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Checkbox
          label={t('rule.websiteOn')}
          description={t('rule.websiteOnHint')}
          checked={site.on}
          onChange={event => setSite({ ...site, on: event.currentTarget.checked })}
        />
        {site.on && (
          <div className={classes.columns}>
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
        {site.rules && (
          <Text size="sm" c="dimmed">
            {t('rule.redirectsKept')}
          </Text>
        )}
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
