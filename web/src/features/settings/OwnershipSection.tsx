import { Button, Group, NativeSelect, Radio, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import {
  type CannedAcl,
  cannedAcls,
  type Grant,
  type ObjectOwnership,
  ownerships,
  putAcl,
  putOwnership,
} from '../../s3/rules.ts';
import { ExplainedButton } from '../../ui/Explained.tsx';
import { Section } from '../../ui/Section.tsx';
import { FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { useSession } from '../session/session.ts';
import { ownershipQuery } from './rules.ts';
import classes from './settings.module.css';
import { useSave } from './useSave.ts';

/** Whose the objects are that others write, and whether access control lists count. */
export function OwnershipSection({ bucket }: { bucket: string }) {
  const t = useT();
  const { data, error, refetch } = useQuery(ownershipQuery(bucket));
  return (
    <Section title={t('rule.ownership')} hint={t('rule.ownershipHint')}>
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={t('set.denied')} />
      ) : !data ? (
        <Loading />
      ) : (
        <Stack gap="xl">
          <OwnershipForm bucket={bucket} kept={data.ownership} />
          <AclForm bucket={bucket} grants={data.grants} off={data.ownership === 'BucketOwnerEnforced'} />
        </Stack>
      )}
    </Section>
  );
}

function OwnershipForm({ bucket, kept }: { bucket: string; kept: ObjectOwnership }) {
  const t = useT();
  const [chosen, setChosen] = useState<ObjectOwnership>(kept);
  const { save, busy, error } = useSave(ownershipQuery(bucket).queryKey);

  function submit(event: FormEvent) {
    event.preventDefault();
    void save(() => putOwnership(bucket, chosen), t('rule.ownershipSaved'));
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <Radio.Group
          aria-label={t('rule.ownership')}
          value={chosen}
          onChange={value => setChosen(value as ObjectOwnership)}
        >
          <Stack gap="sm">
            {ownerships.map(one => (
              <Radio key={one} value={one} label={t(`rule.own.${one}`)} description={t(`rule.ownText.${one}`)} />
            ))}
          </Stack>
        </Radio.Group>
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

const groups: Record<string, 'rule.aclEverybody' | 'rule.aclSignedIn' | 'rule.aclLogs'> = {
  'http://acs.amazonaws.com/groups/global/AllUsers': 'rule.aclEverybody',
  'http://acs.amazonaws.com/groups/global/AuthenticatedUsers': 'rule.aclSignedIn',
  'http://acs.amazonaws.com/groups/s3/LogDelivery': 'rule.aclLogs',
};

function AclForm({ bucket, grants, off }: { bucket: string; grants: Grant[]; off: boolean }) {
  const t = useT();
  const session = useSession();
  const [chosen, setChosen] = useState<CannedAcl>('private');
  const { save, busy, error } = useSave(ownershipQuery(bucket).queryKey);
  const own: (string | undefined)[] = [session.user.canonicalUserId, String(session.contract.number)];
  const name = (to: string) => {
    const group = groups[to];
    return group ? t(group) : own.includes(to) ? t('rule.aclOwner') : to;
  };
  return (
    <Stack>
      <Text fw={600}>{t('rule.acl')}</Text>
      <ul className={classes.statements}>
        {grants.map(grant => (
          <li key={`${grant.to} ${grant.permission}`}>
            {name(grant.to)}: {grant.permission}
          </li>
        ))}
      </ul>
      <div className={classes.choice}>
        <NativeSelect
          label={t('rule.aclNew')}
          value={chosen}
          onChange={event => setChosen(event.currentTarget.value as CannedAcl)}
          data={cannedAcls.map(value => ({ value, label: t(`rule.acl.${value}`) }))}
        />
        <ExplainedButton
          variant="default"
          loading={busy}
          reason={off ? t('rule.aclOff') : ''}
          onClick={() => void save(() => putAcl(bucket, chosen), t('rule.aclSaved'))}
        >
          {t('rule.aclSet')}
        </ExplainedButton>
      </div>
      <FailureAlert error={error} />
    </Stack>
  );
}
