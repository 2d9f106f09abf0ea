import { ActionIcon, Badge, Switch, Table, Text, Tooltip } from '@mantine/core';
import { IconCode, IconDownload, IconTrash } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { asFailure } from '../../api/failure.ts';
import type { AccessKey } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { announce } from '../../ui/live.tsx';
import { explain } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { useSession } from '../session/session.ts';
import { DeleteKeyDialog } from './DeleteKeyDialog.tsx';
import classes from './KeyTable.module.css';
import { isActive, keysChanged, readSecret, setKeyActive } from './keys.ts';
import { LastUse } from './LastUse.tsx';
import { downloadPair } from './pair.ts';

const ProgramsDialog = lazy(() => import('./ProgramsDialog.tsx').then(m => ({ default: m.ProgramsDialog })));

export function KeyTable({ keys }: { keys: AccessKey[] }) {
  const { t } = useI18n();
  const [deleting, setDeleting] = useState<AccessKey | null>(null);
  const [using, setUsing] = useState('');
  return (
    <>
      <Table verticalSpacing="sm" className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th className={classes.key}>{t('keys.accessKey')}</Table.Th>
            <Table.Th className={classes.validity}>{t('keys.validity')}</Table.Th>
            <Table.Th className={classes.created}>{t('keys.created')}</Table.Th>
            <Table.Th className={classes.used}>{t('keys.lastUsed')}</Table.Th>
            <Table.Th className={classes.expires}>{t('keys.expires')}</Table.Th>
            <Table.Th className={classes.active}>{t('keys.active')}</Table.Th>
            <Table.Th className={classes.actions}>
              <span className="coffer-offscreen">{t('ui.actions')}</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {keys.map(key => (
            <KeyRow
              key={key.id}
              item={key}
              last={keys.filter(isActive).length === 1 && isActive(key)}
              onDelete={() => setDeleting(key)}
              onUse={() => setUsing(key.properties.accessKey)}
            />
          ))}
        </Table.Tbody>
      </Table>
      {using && (
        <Suspense>
          <ProgramsDialog accessKey={using} onClose={() => setUsing('')} />
        </Suspense>
      )}
      {deleting && <DeleteKeyDialog item={deleting} only={keys.length === 1} onClose={() => setDeleting(null)} />}
    </>
  );
}

interface RowProps {
  item: AccessKey;
  /** Whether it is the only active one. */
  last: boolean;
  onDelete: () => void;
  onUse: () => void;
}

function KeyRow({ item, last, onDelete, onUse }: RowProps) {
  const { t, date, dateTime } = useI18n();
  const client = useQueryClient();
  const { user } = useSession();
  const [busy, setBusy] = useState(false);
  const { metadata, properties } = item;
  const { accessKey, description } = properties;
  const short = `${accessKey.slice(0, 8)}…${accessKey.slice(-6)}`;
  const validity = metadata.validity === 'user-owned-buckets-only' ? t('keys.validUserOwned') : t('keys.validAll');

  async function activate(active: boolean) {
    setBusy(true);
    try {
      await setKeyActive(user.id, accessKey, active);
      await keysChanged(client);
      announce(active ? t('keys.activated') : t('keys.deactivated'));
      if (!active && last) {
        const undo = { label: t('keys.activateAgain'), run: () => void activate(true) };
        toast({ kind: 'note', title: t('keys.lastDeactivated'), text: t('keys.lastDeactivatedText'), action: undo });
      }
    } catch (error) {
      toast({ kind: 'failed', ...explain(t, asFailure(error)) });
    } finally {
      setBusy(false);
    }
  }

  async function download() {
    setBusy(true);
    try {
      downloadPair({ accessKey, secretKey: await readSecret(user.id, accessKey) });
      announce(t('keys.pairDownloaded'));
    } catch (error) {
      toast({ kind: 'failed', ...explain(t, asFailure(error)) });
    } finally {
      setBusy(false);
    }
  }

  return (
    <Table.Tr data-inactive={!isActive(item) || undefined}>
      <Table.Td className={classes.key}>
        <div className={classes.name}>
          <span className={classes.id} title={accessKey}>
            {accessKey}
          </span>
          <CopyButton value={accessKey} what={t('keys.accessKey')} />
        </div>
        {(metadata.administrative || description) && (
          <div className={classes.about}>
            {metadata.administrative && (
              <Badge color="brass" size="sm">
                {t('keys.admin')}
              </Badge>
            )}
            {description && (
              <Text size="xs" c="dimmed">
                {description}
              </Text>
            )}
          </div>
        )}
        <Text size="xs" c="dimmed" className={classes.below}>
          {validity}
        </Text>
        <Text size="xs" c="dimmed" component="div" className={classes.belowUsed}>
          <LastUse use={metadata.lastUsed} labelled />
        </Text>
      </Table.Td>
      <Table.Td className={classes.validity}>{validity}</Table.Td>
      <Table.Td className={classes.created}>{dateTime(metadata.createdDate)}</Table.Td>
      <Table.Td className={classes.used}>
        <LastUse use={metadata.lastUsed} />
      </Table.Td>
      <Table.Td className={classes.expires}>{metadata.expires ? date(metadata.expires) : t('keys.never')}</Table.Td>
      <Table.Td className={classes.active}>
        <Switch
          aria-label={t('keys.activeOf', { key: short })}
          checked={isActive(item)}
          disabled={busy}
          onChange={event => activate(event.currentTarget.checked)}
        />
      </Table.Td>
      <Table.Td className={classes.actions}>
        <div className={classes.buttons}>
          <Tooltip label={t('keys.programs')}>
            <ActionIcon variant="subtle" color="gray" aria-label={t('keys.programsOf', { key: short })} onClick={onUse}>
              <IconCode size={18} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t('keys.download')}>
            <ActionIcon
              variant="subtle"
              color="gray"
              disabled={busy}
              aria-label={t('keys.downloadOf', { key: short })}
              onClick={download}
            >
              <IconDownload size={18} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t('ui.delete')}>
            <ActionIcon
              variant="subtle"
              color="red.8"
              aria-label={t('keys.deleteOf', { key: short })}
              onClick={onDelete}
            >
              <IconTrash size={18} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </div>
      </Table.Td>
    </Table.Tr>
  );
}
