import { ActionIcon, Alert, Button, Group, Modal, NativeSelect, Stack, Table, Text, Tooltip } from '@mantine/core';
import { IconPlus, IconTicket, IconTrash } from '@tabler/icons-react';
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { body, cloudApi } from '../../api/client.ts';
import type { Token } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { useTitle } from '../../shell/useTitle.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { FieldList, SecretField } from '../../ui/Field.tsx';
import { PageHeader, Section } from '../../ui/Section.tsx';
import { EmptyState, FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import classes from './TokensPage.module.css';

const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: async (): Promise<Token[]> => (await body(cloudApi.GET('/auth/v1/tokens', {}))).tokens,
});

/** Lifetimes that are offered, in seconds. */
const lifetimes = ['3600', '86400', '2592000', '31536000'] as const;

/** One's own tokens for the APIs and the command line. */
export function TokensPage() {
  const { t, dateTime } = useI18n();
  const client = useQueryClient();
  const { data: tokens, error, refetch } = useQuery(tokensQuery);
  const [making, setMaking] = useState(false);
  const [deleting, setDeleting] = useState('');
  const refresh = () => client.invalidateQueries({ queryKey: tokensQuery.queryKey });
  useTitle(t('tokens.title'));

  async function remove() {
    await cloudApi.DELETE('/auth/v1/tokens/{tokenId}', { params: { path: { tokenId: deleting } } });
    await refresh();
    toast({ kind: 'done', title: t('tokens.deleted') });
  }

  return (
    <>
      <PageHeader title={t('tokens.title')} hint={t('tokens.hint')} />
      <Section
        title={t('tokens.own')}
        hint={t('tokens.ownHint')}
        action={
          <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setMaking(true)}>
            {t('tokens.generate')}
          </Button>
        }
      >
        {error ? (
          <FailureState error={error} onRetry={refetch} />
        ) : !tokens ? (
          <Loading />
        ) : tokens.length === 0 ? (
          <EmptyState icon={<IconTicket size={28} />} title={t('tokens.none')}>
            {t('tokens.noneText')}
          </EmptyState>
        ) : (
          <Table verticalSpacing="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('tokens.id')}</Table.Th>
                <Table.Th className={classes.created}>{t('keys.created')}</Table.Th>
                <Table.Th>{t('tokens.expires')}</Table.Th>
                <Table.Th>
                  <span className="coffer-offscreen">{t('ui.actions')}</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {tokens.map(token => (
                <Table.Tr key={token.id}>
                  <Table.Td className={classes.id}>{token.id}</Table.Td>
                  <Table.Td className={classes.created}>{dateTime(token.createdDate)}</Table.Td>
                  <Table.Td>
                    {Date.parse(token.expirationDate) <= Date.now()
                      ? t('tokens.expired')
                      : dateTime(token.expirationDate)}
                  </Table.Td>
                  <Table.Td className={classes.end}>
                    <Tooltip label={t('ui.delete')}>
                      <ActionIcon
                        variant="subtle"
                        color="red.8"
                        aria-label={t('tokens.deleteOf', { id: token.id.slice(0, 8) })}
                        onClick={() => setDeleting(token.id)}
                      >
                        <IconTrash size={18} aria-hidden />
                      </ActionIcon>
                    </Tooltip>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Section>
      {making && <GenerateToken onMade={refresh} onClose={() => setMaking(false)} />}
      {deleting && (
        <ConfirmDialog
          title={t('tokens.deleteTitle')}
          confirm={t('ui.delete')}
          danger
          onConfirm={remove}
          onClose={() => setDeleting('')}
        >
          <Text size="sm">{t('tokens.deleteText')}</Text>
        </ConfirmDialog>
      )}
    </>
  );
}

/** Makes a token and shows it; it lives in this dialog alone and goes with it. */
function GenerateToken({ onMade, onClose }: { onMade: () => Promise<unknown>; onClose: () => void }) {
  const { t } = useI18n();
  const [ttl, setTtl] = useState<string>(lifetimes[2]);
  const [made, setMade] = useState('');
  const [open, setOpen] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const query = { ttl: Number(ttl) };
      setMade((await body(cloudApi.GET('/auth/v1/tokens/generate', { params: { query } }))).token);
      await onMade();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Modal
      opened
      onClose={onClose}
      size={made ? 'lg' : 'md'}
      title={made ? t('tokens.made') : t('tokens.generate')}
      closeOnClickOutside={!made}
      closeButtonProps={{ 'aria-label': t('ui.close') }}
    >
      {made ? (
        <Stack>
          <Alert color="tide">{t('tokens.madeText')}</Alert>
          <FieldList>
            <SecretField label={t('tokens.token')} value={made} open={open} onToggle={() => setOpen(!open)} />
          </FieldList>
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('ui.close')}</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={submit} noValidate>
          <Stack>
            <NativeSelect
              label={t('tokens.for')}
              value={ttl}
              onChange={event => setTtl(event.currentTarget.value)}
              data={lifetimes.map(value => ({ value, label: t(`tokens.for.${value}`) }))}
              data-autofocus
            />
            <FailureAlert error={error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t('ui.cancel')}
              </Button>
              <Button type="submit" loading={busy}>
                {t('tokens.generate')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
