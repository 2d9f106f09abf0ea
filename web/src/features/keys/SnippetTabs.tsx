import { Button, Group, NativeSelect, Tabs, Text, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { saveText } from '../../ui/download.ts';
import { FailureAlert, Loading } from '../../ui/States.tsx';
import { endpointOf, regionsQuery } from './keys.ts';
import type { KeyPair } from './pair.ts';
import classes from './SnippetTabs.module.css';
import { snippets } from './snippets.ts';

interface Props {
  pair: KeyPair;
  /** Whether the secret is shown; hidden, it is copied all the same. */
  shown: boolean;
}

/** Ready configurations of common clients for a key. */
export function SnippetTabs({ pair, shown }: Props) {
  const t = useT();
  const { data: regions, error } = useQuery(regionsQuery);
  const [chosen, setChosen] = useState('');
  if (error) return <FailureAlert error={error} />;
  if (!regions) return <Loading />;
  const region = regions.find(one => one.id === chosen) ?? regions[0];
  if (!region) return null;
  const all = snippets({ ...pair, endpoint: endpointOf(region), region: region.id });
  return (
    <section aria-label={t('keys.programs')}>
      <Group justify="space-between" align="flex-end" mb="xs">
        <div>
          <Title order={3}>{t('keys.programs')}</Title>
          <Text size="sm" c="dimmed">
            {t('keys.programsHint')}
          </Text>
        </div>
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
      </Group>
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
                  onClick={() => saveText(snippet.saveAs, snippet.text, 'text/plain')}
                >
                  {t('ui.saveFile')}
                  <span className="coffer-offscreen"> {snippet.name}</span>
                </Button>
                <CopyButton value={snippet.text} what={snippet.name} labelled size="compact-xs" />
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
