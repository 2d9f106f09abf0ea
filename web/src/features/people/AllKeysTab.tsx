import { Badge, Button, Checkbox, NativeSelect, Table, Text, TextInput, UnstyledButton } from '@mantine/core';
import {
  IconArrowDown,
  IconArrowUp,
  IconDownload,
  IconFilterOff,
  IconKey,
  IconPlayerPause,
  IconSearch,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import { isCut } from '../../api/readAll.ts';
import { useI18n } from '../../i18n/index.tsx';
import { type KeyOrder, type KeySort, paths } from '../../routes/paths.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { saveText } from '../../ui/download.ts';
import { ExplainedButton } from '../../ui/Explained.tsx';
import { CutNote, LongTable } from '../../ui/LongTable.tsx';
import { Section } from '../../ui/Section.tsx';
import { EmptyState, FailureState, Loading } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import {
  allKeysQuery,
  expired,
  found,
  type KeyState,
  keyStates,
  keysCsv,
  type OwnedKey,
  owned,
  sorted,
  stopping,
} from './allKeys.ts';
import classes from './people.module.css';
import { groupsQuery, setUserKeyActive, usersQuery } from './people.ts';
import { useAct } from './useAct.ts';

/** Every access key of the contract, with whose it is; some of them can be switched off together. */
export function AllKeysTab() {
  const { t } = useI18n();
  const navigate = useNavigate();
  const { find = '', state = 'all', sort = 'created' } = useSearch({ from: '/shell/management/users-groups' });
  const keys = useQuery(allKeysQuery);
  const users = useQuery(usersQuery);
  const groups = useQuery(groupsQuery);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState(false);
  const error = keys.error ?? users.error ?? groups.error;
  const { data: cut } = useQuery({ ...allKeysQuery, select: isCut });
  const all = useMemo(
    () => keys.data && users.data && groups.data && owned(keys.data, users.data, groups.data),
    [keys.data, users.data, groups.data],
  );
  const fit = useMemo(() => (all ? sorted(found(all, find, state, Date.now()), sort) : []), [all, find, state, sort]);
  const picked = fit.filter(key => chosen.has(key.accessKey));
  const search = (part: { find?: string; state?: KeyState; sort?: KeySort }) =>
    navigate({
      to: paths.people,
      search: now => ({ tab: 'keys', find: now.find, state: now.state, sort: now.sort, ...part }),
      replace: true,
    });
  const clear = () => search({ find: undefined, state: undefined });

  return (
    <Section
      title={t('people.allKeys')}
      hint={all && t('people.allKeysCount', { count: all.length })}
      action={
        <div className={classes.tools}>
          <TextInput
            type="search"
            aria-label={t('people.findKey')}
            placeholder={t('people.findKey')}
            leftSection={<IconSearch size={16} aria-hidden />}
            value={find}
            onChange={event => search({ find: event.currentTarget.value || undefined })}
          />
          <NativeSelect
            aria-label={t('people.keyState')}
            value={state}
            onChange={event => search({ state: event.currentTarget.value as KeyState })}
            data={keyStates.map(value => ({ value, label: t(`people.keyState.${value}`) }))}
          />
          <ExplainedButton
            variant="default"
            reason={fit.length > 0 ? '' : t('people.noKeyFound')}
            leftSection={<IconDownload size={18} aria-hidden />}
            onClick={() => saveText('coffer-keys.csv', keysCsv(fit), 'text/csv')}
          >
            {t('people.saveKeys')}
          </ExplainedButton>
          <ExplainedButton
            variant="default"
            reason={picked.some(key => key.active) ? '' : t('people.chooseActive')}
            leftSection={<IconPlayerPause size={18} aria-hidden />}
            onClick={() => setAsking(true)}
          >
            {t('people.deactivate')}
          </ExplainedButton>
        </div>
      }
    >
      {error ? (
        <FailureState
          error={error}
          onRetry={() => Promise.all([keys.refetch(), users.refetch(), groups.refetch()])}
          deniedHint={t('people.denied')}
        />
      ) : !all ? (
        <Loading />
      ) : all.length === 0 ? (
        <EmptyState icon={<IconKey size={28} />} title={t('keys.none')}>
          {t('people.allKeysNone')}
        </EmptyState>
      ) : fit.length === 0 ? (
        <EmptyState
          icon={<IconFilterOff size={28} />}
          title={t('people.noKeyFound')}
          actions={
            <Button variant="default" onClick={clear}>
              {t('people.findClear')}
            </Button>
          }
        />
      ) : (
        <AllKeysTable
          keys={fit}
          chosen={chosen}
          setChosen={setChosen}
          sort={sort}
          setSort={next => search({ sort: next === 'created' ? undefined : next })}
        />
      )}
      <CutNote cut={cut} read={all?.length ?? 0} />
      {asking && (
        <DeactivateDialog
          keys={picked.filter(key => key.active)}
          onClose={() => setAsking(false)}
          onDone={() => setChosen(new Set())}
        />
      )}
    </Section>
  );
}

interface TableProps {
  keys: OwnedKey[];
  chosen: ReadonlySet<string>;
  setChosen: (chosen: ReadonlySet<string>) => void;
  sort: KeySort;
  setSort: (sort: KeySort) => void;
}

function AllKeysTable({ keys, chosen, setChosen, sort, setSort }: TableProps) {
  const { t } = useI18n();
  const every = keys.every(key => chosen.has(key.accessKey));
  const some = keys.some(key => chosen.has(key.accessKey));
  function toggle(accessKey: string, on: boolean) {
    const next = new Set(chosen);
    if (on) next.add(accessKey);
    else next.delete(accessKey);
    setChosen(next);
  }
  return (
    <LongTable
      rows={keys}
      keyOf={key => key.accessKey}
      className={classes.table}
      head={
        <>
          <Table.Th className={classes.tick}>
            <Checkbox
              aria-label={t('people.chooseAllKeys')}
              checked={every}
              indeterminate={some && !every}
              onChange={event => setChosen(new Set(event.currentTarget.checked ? keys.map(key => key.accessKey) : []))}
            />
          </Table.Th>
          <Table.Th>{t('keys.accessKey')}</Table.Th>
          <SortHead order="owner" sort={sort} setSort={setSort}>
            {t('people.keyOwner')}
          </SortHead>
          <Table.Th className={classes.narrow}>{t('people.status')}</Table.Th>
          <SortHead order="created" className={classes.day} sort={sort} setSort={setSort}>
            {t('keys.created')}
          </SortHead>
          <SortHead order="expires" className={classes.day} sort={sort} setSort={setSort}>
            {t('keys.expires')}
          </SortHead>
          <SortHead order="used" className={classes.day} sort={sort} setSort={setSort}>
            {t('keys.lastUsed')}
          </SortHead>
        </>
      }
      cells={key => (
        <KeyCells item={key} chosen={chosen.has(key.accessKey)} onChoose={on => toggle(key.accessKey, on)} />
      )}
    />
  );
}

interface SortProps {
  order: KeyOrder;
  sort: KeySort;
  setSort: (sort: KeySort) => void;
  className?: string;
  children: string;
}

/** The head of a column by which the table is sorted; pressed again, from its end. */
function SortHead({ order, sort, setSort, className, children }: SortProps) {
  const up = sort === order;
  const down = sort === `-${order}`;
  return (
    <Table.Th className={className} aria-sort={up ? 'ascending' : down ? 'descending' : 'none'}>
      <UnstyledButton className={classes.sort} onClick={() => setSort(up ? `-${order}` : order)}>
        {children}
        {up && <IconArrowUp size={14} aria-hidden />}
        {down && <IconArrowDown size={14} aria-hidden />}
      </UnstyledButton>
    </Table.Th>
  );
}

interface CellsProps {
  item: OwnedKey;
  chosen: boolean;
  onChoose: (on: boolean) => void;
}

function KeyCells({ item, chosen, onChoose }: CellsProps) {
  const { t, date } = useI18n();
  const { accessKey } = item;
  const short = `${accessKey.slice(0, 8)}…${accessKey.slice(-6)}`;
  const over = expired(item, Date.now());
  const status = over ? t('people.keyExpired') : item.active ? t('people.active') : t('people.inactive');
  return (
    <>
      <Table.Td>
        <Checkbox
          aria-label={t('people.chooseKey', { key: short, name: item.owner })}
          checked={chosen}
          onChange={event => onChoose(event.currentTarget.checked)}
        />
      </Table.Td>
      <Table.Td>
        <div className={classes.mono} title={accessKey}>
          {accessKey}
        </div>
        <div className={classes.about}>
          {item.administrative && (
            <Badge color="brass" size="sm">
              {t('keys.admin')}
            </Badge>
          )}
          <Text size="xs" c="dimmed" className={classes.wrap}>
            {[
              item.validity === 'user-owned-buckets-only' ? t('keys.validUserOwned') : t('keys.validAll'),
              item.description,
            ]
              .filter(Boolean)
              .join(' · ')}
          </Text>
        </div>
        <Text size="xs" c="dimmed" component="div" className={classes.belowUsed}>
          {t('keys.expires')}: {item.expires ? date(item.expires) : t('keys.never')}
          <br />
          {t('keys.lastUsed')}: {item.lastUsed ? date(item.lastUsed) : t('keys.neverUsed')}
        </Text>
      </Table.Td>
      <Table.Td>
        <Link
          to={paths.user}
          params={{ userId: item.userId }}
          search={{ tab: 'keys' }}
          className={classes.link}
          title={item.email}
        >
          {item.owner}
        </Link>
        <Text size="xs" c="dimmed" className={classes.wrap}>
          {item.groups.join(', ')}
        </Text>
      </Table.Td>
      <Table.Td className={classes.narrow}>
        <Badge color={item.active && !over ? 'tide' : 'gray'}>{status}</Badge>
      </Table.Td>
      <Table.Td className={classes.day}>{date(item.created)}</Table.Td>
      <Table.Td className={classes.day}>{item.expires ? date(item.expires) : t('keys.never')}</Table.Td>
      <Table.Td className={classes.day}>
        {item.lastUsed ? date(item.lastUsed) : t('keys.neverUsed')}
        {item.lastOperation && (
          <Text size="xs" c="dimmed">
            {item.lastOperation}
          </Text>
        )}
      </Table.Td>
    </>
  );
}

function DeactivateDialog({ keys, onClose, onDone }: { keys: OwnedKey[]; onClose: () => void; onDone: () => void }) {
  const { t } = useI18n();
  const { act, refresh } = useAct();
  const [first] = useState(keys);
  const hit = stopping(first, Date.now());

  // How many of them are deactivated: after a failure, as of too many requests in a minute, the next try goes on there.
  const done = useRef(0);

  // One after the other: the server answers each only when the key is refused everywhere.
  async function activate() {
    for (const key of first) await setUserKeyActive(key.userId, key.accessKey, true);
  }
  async function deactivate() {
    try {
      for (const key of first.slice(done.current)) {
        await setUserKeyActive(key.userId, key.accessKey, false);
        done.current++;
      }
    } finally {
      await refresh();
    }
    onDone();
    const again = { label: t('keys.activateAgain'), run: () => void act(activate, t('keys.activated')) };
    toast({ kind: 'done', title: t('people.deactivated', { count: first.length }), action: again });
  }

  return (
    <ConfirmDialog
      title={t('people.deactivateTitle', { count: first.length })}
      confirm={t('people.deactivate')}
      danger
      onConfirm={deactivate}
      onClose={onClose}
    >
      <Text size="sm">{t('people.deactivateText', { count: hit.people })}</Text>
      <Text size="sm" fw={550}>
        {t('people.stopsUsed', { count: hit.used })}
      </Text>
    </ConfirmDialog>
  );
}
