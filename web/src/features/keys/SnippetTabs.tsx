import { Alert, Button, Group, NativeSelect, Tabs, Text, Title } from '@mantine/core';
import { IconCertificate, IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { saveText } from '../../ui/download.ts';
import { FailureAlert, Loading } from '../../ui/States.tsx';
import { bucketsQuery } from '../buckets/buckets.ts';
import { infoQuery, useSession } from '../session/session.ts';
import { caQuery, endpointOf, regionsQuery } from './keys.ts';
import type { KeyPair } from './pair.ts';
import classes from './SnippetTabs.module.css';
import { caFile, type Snippet, type SnippetFacts } from './snippet.ts';
import { offersVirtualHost, snippets } from './snippets.ts';

/** Buckets that can be chosen at most. */
const offered = 500;

interface Props {
  pair: KeyPair;
  /** Whether the secret is shown; hidden, it is copied all the same. */
  shown: boolean;
  /** Called once a configuration, which holds the secret, was copied or saved. */
  onKept?: () => void;
}

/** Ready configurations of common clients for a key. */
export function SnippetTabs({ pair, shown, onKept }: Props) {
  const t = useT();
  const { data: regions, error } = useQuery(regionsQuery);
  const { s3 } = useSession();
  const { data: buckets } = useQuery({ ...bucketsQuery, retry: false });
  const { data: info } = useQuery(infoQuery);
  const { data: ca, error: caError } = useQuery({ ...caQuery, enabled: info?.ca === true });
  const [chosen, setChosen] = useState('');
  const [bucket, setBucket] = useState('');
  const [style, setStyle] = useState<SnippetFacts['style']>('path');
  if (error) return <FailureAlert error={error} />;
  if (!regions) return <Loading />;
  const region = regions.find(one => one.id === chosen) ?? regions[0];
  if (!region) return null;
  const endpoint = endpointOf(region);
  const byHost = offersVirtualHost(endpoint, s3.virtualHostDomain);
  const here =
    buckets
      ?.filter(one => one.region === region.id)
      .map(one => one.name)
      .slice(0, offered) ?? [];
  const all = snippets({
    ...pair,
    endpoint,
    region: region.id,
    style: byHost ? style : 'path',
    bucket: here.includes(bucket) ? bucket : '',
    ca: ca ?? '',
  });
  // A bookmark holds no secret.
  const keep = (snippet: Snippet) => {
    if (snippet.text.includes(pair.secretKey)) onKept?.();
  };
  return (
    <section aria-label={t('keys.programs')}>
      <Group justify="space-between" align="flex-end" mb="xs">
        <div>
          <Title order={3}>{t('keys.programs')}</Title>
          <Text size="sm" c="dimmed">
            {t('keys.programsHint')}
          </Text>
        </div>
      </Group>
      <Group align="flex-end" mb="md">
        {regions.length > 1 && (
          <NativeSelect
            label={t('keys.region')}
            size="xs"
            value={region.id}
            onChange={event => setChosen(event.currentTarget.value)}
            data={regions.map(one => ({
              value: one.id,
              label: `${one.id} (${one.properties.bucketOwnership === 'user-owned' ? t('buckets.userOwned') : t('buckets.contractOwned')})`,
            }))}
          />
        )}
        {here.length > 0 && (
          <NativeSelect
            label={t('keys.bucket')}
            size="xs"
            value={here.includes(bucket) ? bucket : ''}
            onChange={event => setBucket(event.currentTarget.value)}
            data={[{ value: '', label: t('keys.bucketAny') }, ...here]}
          />
        )}
        {byHost && (
          <NativeSelect
            label={t('keys.style')}
            size="xs"
            value={style}
            onChange={event => setStyle(event.currentTarget.value as SnippetFacts['style'])}
            data={[
              { value: 'path', label: t('keys.stylePath') },
              { value: 'virtual', label: t('keys.styleHost') },
            ]}
          />
        )}
      </Group>
      <FailureAlert error={caError} />
      {ca && (
        <Alert color="brass" icon={<IconCertificate size={20} aria-hidden />} mb="md">
          <Group gap="sm">
            <Text size="sm">{t('keys.ca', { file: caFile })}</Text>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconDownload size={14} aria-hidden />}
              onClick={() => saveText(caFile, ca, 'application/x-pem-file')}
            >
              {t('keys.caSave', { file: caFile })}
            </Button>
          </Group>
        </Alert>
      )}
      <Tabs defaultValue="aws" keepMounted={false}>
        <Tabs.List>
          {all.map(snippet => (
            <Tabs.Tab key={snippet.id} value={snippet.id}>
              {snippet.name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {all.map(snippet => (
          <Tabs.Panel key={snippet.id} value={snippet.id} className={classes.panel}>
            <div className={classes.bar}>
              <Text size="xs" c="dimmed">
                {snippet.file || t('keys.command')}
              </Text>
              <Group gap="xs">
                <Button
                  size="compact-xs"
                  variant="default"
                  leftSection={<IconDownload size={14} aria-hidden />}
                  onClick={() => {
                    saveText(snippet.saveAs, snippet.text, 'text/plain');
                    keep(snippet);
                  }}
                >
                  {t('ui.saveFile')}
                  <span className="coffer-offscreen"> {snippet.name}</span>
                </Button>
                <CopyButton
                  value={snippet.text}
                  what={snippet.name}
                  labelled
                  size="compact-xs"
                  onCopied={() => keep(snippet)}
                />
              </Group>
            </div>
            <section
              className={classes.text}
              // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
              tabIndex={0}
              aria-label={t('keys.configurationOf', { name: snippet.name })}
            >
              <pre>{shown ? snippet.text : snippet.text.replaceAll(pair.secretKey, '•'.repeat(12))}</pre>
            </section>
          </Tabs.Panel>
        ))}
      </Tabs>
    </section>
  );
}
