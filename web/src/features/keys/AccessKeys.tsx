import { Alert } from '@mantine/core';
import { IconAlertTriangle, IconKey, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { ExplainedButton } from '../../ui/Explained.tsx';
import { Section } from '../../ui/Section.tsx';
import { EmptyState, FailureState, Loading } from '../../ui/States.tsx';
import { useSession } from '../session/session.ts';
import { KeyTable } from './KeyTable.tsx';
import { isActive, keysQuery, maxKeys } from './keys.ts';

const GenerateDialog = lazy(() => import('./GenerateDialog.tsx').then(m => ({ default: m.GenerateDialog })));

/** One's own keys: the list, and the way to a new one. */
export function AccessKeys() {
  const t = useT();
  const { user } = useSession();
  const { data: keys, error, refetch } = useQuery(keysQuery);
  const [generating, setGenerating] = useState(false);

  const full = keys !== undefined && keys.length >= maxKeys;
  const reason = !user.objectStorage ? t('keys.noPrivilege') : full ? t('keys.limit', { count: maxKeys }) : '';
  const generate = (
    <ExplainedButton
      reason={reason}
      leftSection={<IconPlus size={18} aria-hidden />}
      onClick={() => setGenerating(true)}
    >
      {t('keys.generate')}
    </ExplainedButton>
  );
  const noneActive = keys !== undefined && keys.length > 0 && !keys.some(isActive);

  return (
    <Section
      title={t('keys.accessKeys')}
      hint={keys && keys.length > 0 ? t('keys.used', { n: keys.length, max: maxKeys }) : t('keys.accessKeysHint')}
      action={generate}
    >
      {noneActive && (
        <Alert color="brass" mb="md" icon={<IconAlertTriangle size={20} aria-hidden />} title={t('keys.noneActive')}>
          {t('keys.noneActiveText')}
        </Alert>
      )}
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={t('keys.noPrivilege')} />
      ) : !keys ? (
        <Loading />
      ) : keys.length === 0 ? (
        <EmptyState icon={<IconKey size={28} />} title={t('keys.none')} compact>
          {user.objectStorage ? t('keys.noneText') : t('keys.noPrivilege')}
        </EmptyState>
      ) : (
        <KeyTable keys={keys} />
      )}
      {generating && (
        <Suspense>
          <GenerateDialog onClose={() => setGenerating(false)} />
        </Suspense>
      )}
    </Section>
  );
}
