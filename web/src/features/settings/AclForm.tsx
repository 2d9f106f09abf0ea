import { ActionIcon, Button, Group, NativeSelect, Stack, Text, TextInput, Tooltip } from '@mantine/core';
import { IconPlus, IconTrash, IconWorld } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { type Acl, type Grant, mostGrants, type Permission, permissions, putAcl } from '../../s3/rules.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { ExplainedButton } from '../../ui/Explained.tsx';
import { FailureAlert } from '../../ui/States.tsx';
import { nameOf, usersQuery } from '../people/people.ts';
import { mayManage, useSession } from '../session/session.ts';
import { LeaveGuard } from './LeaveGuard.tsx';
import { ownershipQuery } from './rules.ts';
import classes from './settings.module.css';
import { useSave } from './useSave.ts';

const groups = {
  everybody: 'http://acs.amazonaws.com/groups/global/AllUsers',
  signedIn: 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers',
  logs: 'http://acs.amazonaws.com/groups/s3/LogDelivery',
} as const;
const words = { everybody: 'rule.aclEverybody', signedIn: 'rule.aclSignedIn', logs: 'rule.aclLogs' } as const;
type GroupName = keyof typeof groups;
const groupNames = Object.keys(groups) as GroupName[];

const isOpen = ({ to }: Grant) => to === groups.everybody || to === groups.signedIn;
const same = (one: Grant) => (other: Grant) => one.to === other.to && one.permission === other.permission;

interface Props {
  bucket: string;
  kept: Acl;
  /** Whether lists do not count in the bucket. */
  off: boolean;
}

/** The access control list of a bucket: who has which right by it. */
export function AclForm({ bucket, kept, off }: Props) {
  const t = useT();
  const name = useGranteeName(kept.owner);
  const [grants, setGrants] = useState(kept.grants);
  const [asking, setAsking] = useState(false);
  const { save, busy, error, clear } = useSave(ownershipQuery(bucket).queryKey);
  const opened = grants.filter(one => isOpen(one) && !kept.grants.some(same(one)));
  const changed = JSON.stringify(grants) !== JSON.stringify(kept.grants);
  const edit = (next: Grant[]) => {
    setGrants(next);
    clear();
  };
  const put = () => save(() => putAcl(bucket, { ...kept, grants }), t('rule.aclSaved'));
  const line = (one: Grant) => `${name(one.to)}: ${t(`rule.right.${one.permission}`)}`;

  return (
    <Stack>
      <Text fw={600}>{t('rule.acl')}</Text>
      {grants.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('rule.aclNone')}
        </Text>
      )}
      <ul className={classes.grants} aria-label={t('rule.acl')}>
        {grants.map(grant => (
          <li key={`${grant.to} ${grant.permission}`}>
            <span title={grant.to}>
              {isOpen(grant) && <IconWorld size={16} aria-hidden className={classes.open} />} {line(grant)}
            </span>
            <Tooltip label={t('rule.aclRemove', { grant: line(grant) })}>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t('rule.aclRemove', { grant: line(grant) })}
                onClick={() => edit(grants.filter(one => one !== grant))}
              >
                <IconTrash size={18} aria-hidden />
              </ActionIcon>
            </Tooltip>
          </li>
        ))}
      </ul>
      <NewGrant grants={grants} onAdd={grant => edit([...grants, grant])} />
      <FailureAlert error={error} />
      <Group>
        <ExplainedButton
          loading={busy}
          reason={off ? t('rule.aclOff') : changed ? '' : t('rule.aclSame')}
          onClick={() => (opened.length > 0 ? setAsking(true) : void put())}
        >
          {t('rule.aclSet')}
        </ExplainedButton>
        {changed && (
          <Button variant="default" onClick={() => edit(kept.grants)}>
            {t('rule.aclDiscard')}
          </Button>
        )}
      </Group>
      <LeaveGuard unsaved={changed} />
      {asking && (
        <ConfirmDialog
          title={t('rule.aclAsk')}
          confirm={t('rule.aclSet')}
          danger
          onConfirm={put}
          onClose={() => setAsking(false)}
        >
          <Text size="sm">{t('rule.aclAskText')}</Text>
          <ul className={classes.plain}>
            {opened.map(one => (
              <li key={line(one)}>{line(one)}</li>
            ))}
          </ul>
        </ConfirmDialog>
      )}
    </Stack>
  );
}

/** Returns how somebody in a list is called: by a word, by the name of a user, or else by the id. */
function useGranteeName(owner: string): (to: string) => string {
  const t = useT();
  const session = useSession();
  const { data: users } = useQuery({ ...usersQuery, enabled: mayManage(session) });
  return to => {
    const group = groupNames.find(one => groups[one] === to);
    if (group) return t(words[group]);
    if (to === owner) return t('rule.aclOwner');
    const found = users?.find(one => one.properties.s3CanonicalUserId === to);
    if (found) return nameOf(found);
    return /^\d{8}$/.test(to) ? t('rule.aclContract', { number: to }) : to;
  };
}

const somebody = /^(\d{8}|[0-9a-f]{32}|[^@\s<>]+@[^@\s<>]+)$/;

function NewGrant({ grants, onAdd }: { grants: Grant[]; onAdd: (grant: Grant) => void }) {
  const t = useT();
  const [who, setWho] = useState<GroupName | 'id'>('id');
  const [id, setId] = useState('');
  const [permission, setPermission] = useState<Permission>('READ');
  const [tried, setTried] = useState(false);
  const to = who === 'id' ? id.trim() : groups[who];
  const wrong = who === 'id' && !somebody.test(to);
  const twice = grants.some(same({ to, permission }));

  function add() {
    setTried(true);
    if (wrong || twice) return;
    onAdd({ to, permission });
    setId('');
    setTried(false);
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would have a frame of its own
    <div role="group" aria-label={t('rule.aclAdd')} className={classes.choice}>
      <NativeSelect
        label={t('rule.aclWho')}
        value={who}
        onChange={event => setWho(event.currentTarget.value as GroupName | 'id')}
        data={[
          { value: 'id', label: t('rule.aclById') },
          ...groupNames.map(value => ({ value, label: t(words[value]) })),
        ]}
      />
      {who === 'id' && (
        <TextInput
          label={t('rule.aclId')}
          placeholder={t('rule.aclIdExample')}
          value={id}
          maxLength={254}
          spellCheck={false}
          autoCapitalize="none"
          onChange={event => setId(event.currentTarget.value)}
          error={tried && wrong && t('rule.aclIdWrong')}
        />
      )}
      <NativeSelect
        label={t('rule.aclRight')}
        value={permission}
        onChange={event => setPermission(event.currentTarget.value as Permission)}
        data={permissions.map(value => ({ value, label: t(`rule.right.${value}`) }))}
      />
      <ExplainedButton
        variant="light"
        leftSection={<IconPlus size={18} aria-hidden />}
        reason={twice ? t('rule.aclTwice') : grants.length >= mostGrants ? t('rule.aclFull', { most: mostGrants }) : ''}
        onClick={add}
      >
        {t('rule.aclAddButton')}
      </ExplainedButton>
    </div>
  );
}
