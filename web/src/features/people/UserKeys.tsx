import { ActionIcon, Badge, Checkbox, Code, Stack, Table, Text, Tooltip } from '@mantine/core';
import { IconKey, IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Failure } from '../../api/failure.ts';
import type { AccessKey, User, UserKey } from '../../api/types.ts';
import { useI18n, useT } from '../../i18n/index.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { ExplainedButton } from '../../ui/Explained.tsx';
import { CopyField, FieldList } from '../../ui/Field.tsx';
import { Section } from '../../ui/Section.tsx';
import { EmptyState, FailureState, Loading } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { ExpiryField, useTerm } from '../keys/ExpiryField.tsx';
import { expiresOf, type Term } from '../keys/expiry.ts';
import { isActive, maxKeys } from '../keys/keys.ts';
import { LastUse } from '../keys/LastUse.tsx';
import { NewKeyDialog } from '../keys/NewKey.tsx';
import { useSession } from '../session/session.ts';
import classes from './people.module.css';
import { deleteUserKey, generateUserKey, nameOf, roleOf, setUserKeyActive, userKeysQuery } from './people.ts';
import { useAct } from './useAct.ts';

/** The keys of another user, as owners and administrators manage them. */
export function UserKeys({ user }: { user: User }) {
  const t = useT();
  const { data: keys, error, refetch } = useQuery(userKeysQuery(user.id));
  const [dialog, setDialog] = useState<'generate' | AccessKey | null>(null);
  const [made, setMade] = useState<UserKey | null>(null);
  const full = keys !== undefined && keys.length >= maxKeys;
  const session = useSession();
  const reason =
    roleOf(user) === 'owner' && session.user.role !== 'owner'
      ? t('people.keyOfOwner')
      : user.metadata?.objectStorage === false
        ? t('people.keyNoPrivilege')
        : full
          ? t('people.keyLimit', { count: maxKeys })
          : '';

  return (
    <Stack gap="lg">
      <Section
        title={t('people.keys')}
        hint={t('people.keysHint', { name: nameOf(user) })}
        action={
          <ExplainedButton
            reason={reason}
            leftSection={<IconPlus size={18} aria-hidden />}
            onClick={() => setDialog('generate')}
          >
            {t('people.generateKey')}
          </ExplainedButton>
        }
      >
        {error ? (
          <FailureState error={error} onRetry={refetch} deniedHint={t('people.denied')} />
        ) : !keys ? (
          <Loading />
        ) : keys.length === 0 ? (
          <EmptyState icon={<IconKey size={28} />} title={t('keys.none')} compact>
            {reason || t('people.noKeysText')}
          </EmptyState>
        ) : (
          <KeyRows user={user} keys={keys} onDelete={setDialog} />
        )}
      </Section>
      <Section title={t('people.ids')} hint={t('people.idsHint')}>
        <FieldList>
          <CopyField label={t('keys.contractUserId')} value={user.metadata?.contractUserId} labelled />
          <CopyField
            label={t('keys.canonicalUserId')}
            value={user.properties.s3CanonicalUserId}
            absent={t('people.canonicalAbsent')}
            labelled
          />
        </FieldList>
      </Section>
      {dialog === 'generate' && <GenerateFor user={user} onMade={setMade} onClose={() => setDialog(null)} />}
      {made && (
        <NewKeyDialog
          pair={{ accessKey: made.id, secretKey: made.properties.secretKey }}
          onClose={() => setMade(null)}
        />
      )}
      {dialog && dialog !== 'generate' && (
        <DeleteUserKey user={user} item={dialog} only={keys?.length === 1} onClose={() => setDialog(null)} />
      )}
    </Stack>
  );
}

interface GenerateProps {
  user: User;
  onMade: (key: UserKey) => void;
  onClose: () => void;
}

function GenerateFor({ user, onMade, onClose }: GenerateProps) {
  const t = useT();
  const { refresh } = useAct();
  const [chosen, setChosen] = useState<Term | undefined>();
  const { term } = useTerm(chosen);
  return (
    <ConfirmDialog
      title={t('people.generateTitle')}
      confirm={t('ui.ok')}
      onConfirm={async () => {
        onMade(await generateUserKey(user.id, expiresOf(term, Date.now())));
        await refresh();
      }}
      onClose={onClose}
    >
      <Text size="sm">{t('people.generateText', { name: nameOf(user) })}</Text>
      <ExpiryField value={chosen} onChange={setChosen} />
    </ConfirmDialog>
  );
}

interface RowsProps {
  user: User;
  keys: AccessKey[];
  onDelete: (key: AccessKey) => void;
}

function KeyRows({ user, keys, onDelete }: RowsProps) {
  const { t, date } = useI18n();
  const { act, busy } = useAct();

  async function activate(key: AccessKey, active: boolean) {
    const last = isActive(key) && keys.filter(isActive).length === 1;
    const set = (on: boolean) => setUserKeyActive(user.id, key.properties.accessKey, on);
    const done = await act(() => set(active), active ? t('keys.activated') : t('keys.deactivated'));
    if (!done || active || !last) return;
    const undo = { label: t('keys.activateAgain'), run: () => void act(() => set(true), t('keys.activated')) };
    const title = t('people.lastDeactivated', { name: nameOf(user) });
    toast({ kind: 'note', title, text: t('people.lastDeactivatedText'), action: undo });
  }

  return (
    <Table verticalSpacing="sm" className={classes.table}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('keys.accessKey')}</Table.Th>
          <Table.Th className={classes.wide}>{t('keys.validity')}</Table.Th>
          <Table.Th className={classes.day}>{t('keys.created')}</Table.Th>
          <Table.Th className={classes.day}>{t('keys.expires')}</Table.Th>
          <Table.Th className={classes.used}>{t('keys.lastUsed')}</Table.Th>
          <Table.Th className={classes.narrow}>{t('keys.active')}</Table.Th>
          <Table.Th className={classes.end}>
            <span className="coffer-offscreen">{t('ui.actions')}</span>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {keys.map(key => {
          const { accessKey, description } = key.properties;
          const short = `${accessKey.slice(0, 8)}…${accessKey.slice(-6)}`;
          return (
            <Table.Tr key={key.id}>
              <Table.Td>
                <div className={classes.key}>
                  <span className={classes.mono} title={accessKey}>
                    {accessKey}
                  </span>
                  <CopyButton value={accessKey} what={t('keys.accessKey')} />
                </div>
                {key.metadata.administrative && (
                  <Badge color="brass" size="sm">
                    {t('keys.admin')}
                  </Badge>
                )}
                <Text size="xs" c="dimmed" className={classes.wrap}>
                  {description}
                </Text>
                <Text size="xs" c="dimmed" component="div" className={classes.belowUsed}>
                  <LastUse use={key.metadata.lastUsed} labelled />
                </Text>
              </Table.Td>
              <Table.Td className={classes.wide}>
                {key.metadata.validity === 'user-owned-buckets-only' ? t('keys.validUserOwned') : t('keys.validAll')}
              </Table.Td>
              <Table.Td className={classes.day}>{date(key.metadata.createdDate)}</Table.Td>
              <Table.Td className={classes.day}>
                {key.metadata.expires ? date(key.metadata.expires) : t('keys.never')}
              </Table.Td>
              <Table.Td className={classes.used}>
                <LastUse use={key.metadata.lastUsed} />
              </Table.Td>
              <Table.Td className={classes.narrow}>
                <Checkbox
                  aria-label={t('keys.activeOf', { key: short })}
                  checked={isActive(key)}
                  disabled={busy}
                  onChange={event => void activate(key, event.currentTarget.checked)}
                />
              </Table.Td>
              <Table.Td className={classes.end}>
                <Tooltip label={t('ui.delete')}>
                  <ActionIcon
                    variant="subtle"
                    color="red.8"
                    aria-label={t('keys.deleteOf', { key: short })}
                    onClick={() => onDelete(key)}
                  >
                    <IconTrash size={18} aria-hidden />
                  </ActionIcon>
                </Tooltip>
              </Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}

interface DeleteProps {
  user: User;
  item: AccessKey;
  only: boolean;
  onClose: () => void;
}

function DeleteUserKey({ user, item, only, onClose }: DeleteProps) {
  const t = useT();
  const { refresh } = useAct();

  async function remove() {
    try {
      await deleteUserKey(user.id, item.properties.accessKey);
    } catch (error) {
      if (error instanceof Failure && error.kind === 'conflict') {
        throw new Failure({ ...error, kind: 'conflict', message: t('keys.onlyKeyRefused') });
      }
      throw error;
    } finally {
      await refresh();
    }
  }

  return (
    <ConfirmDialog title={t('keys.deleteTitle')} confirm={t('ui.ok')} danger onConfirm={remove} onClose={onClose}>
      <Text size="sm">{t('people.deleteKeyText', { name: nameOf(user) })}</Text>
      <Code block style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
        {item.properties.accessKey}
      </Code>
      <Text size="sm" component="div">
        <LastUse use={item.metadata.lastUsed} labelled />
      </Text>
      {only && (
        <Text size="sm" fw={550}>
          {t('keys.deleteOnly')}
        </Text>
      )}
    </ConfirmDialog>
  );
}
