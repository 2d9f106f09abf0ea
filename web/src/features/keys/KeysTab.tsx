import { Stack } from '@mantine/core';
import { useT } from '../../i18n/index.tsx';
import { CopyField, FieldList } from '../../ui/Field.tsx';
import { Section } from '../../ui/Section.tsx';
import { useSession } from '../session/session.ts';
import { AccessKeys } from './AccessKeys.tsx';
import { Endpoints } from './Endpoints.tsx';

/** Key management: who one is to S3, one's keys, and where they work. */
export function KeysTab() {
  const t = useT();
  const { user } = useSession();
  return (
    <Stack gap="lg">
      <Section title={t('keys.credentials')} hint={t('keys.credentialsHint')}>
        <FieldList>
          <CopyField label={t('keys.contractUserId')} value={user.contractUserId} labelled />
          <CopyField
            label={t('keys.canonicalUserId')}
            value={user.canonicalUserId}
            absent={t('keys.canonicalAbsent')}
            labelled
          />
        </FieldList>
      </Section>
      <AccessKeys />
      <Endpoints />
    </Stack>
  );
}
