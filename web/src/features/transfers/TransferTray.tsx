import { ActionIcon, Button, Progress, Text, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronUp, IconX } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useI18n } from '../../i18n/index.tsx';
import { announce } from '../../ui/live.tsx';
import { objectsChanged } from '../objects/listing.ts';
import { useSession } from '../session/session.ts';
import { transfers, useTransfers, whenArrived } from './store.ts';
import { TransferRow } from './TransferRow.tsx';
import classes from './TransferTray.module.css';
import { moving, open, type Transfer } from './types.ts';

/** Rows shown at most; thousands of files need no more than their sum. */
const shownRows = 40;

/** Milliseconds after the last arrival until lists are read again. */
const settle = 600;

const order: Record<Transfer['state'], number> = {
  conflict: 0,
  failed: 1,
  running: 2,
  paused: 3,
  interrupted: 4,
  waiting: 5,
  done: 6,
  skipped: 7,
  cancelled: 8,
};

/** All uploads of the page in a corner of it; stays while the person moves on. */
export function TransferTray() {
  const { t, number, percent } = useI18n();
  const all = useTransfers();
  const { user } = useSession();
  const [expanded, setExpanded] = useState(true);
  const sums = sum(all);
  useLeaveWarning(sums.open > 0);
  useSpokenEnd(all);
  useArrivals();

  useEffect(() => {
    if (user.id) void transfers.begin(user.id);
  }, [user.id]);

  if (all.length === 0) return null;
  const rows = [...all].sort((a, b) => order[a.state] - order[b.state] || a.id - b.id).slice(0, shownRows);
  const title =
    sums.open > 0 ? t('transfers.uploading', { count: sums.open }) : t('transfers.ended', { count: sums.done });
  return (
    <aside className={classes.tray} aria-label={t('transfers.title')}>
      <header className={classes.head}>
        <UnstyledButton className={classes.title} aria-expanded={expanded} onClick={() => setExpanded(!expanded)}>
          {expanded ? <IconChevronDown size={18} aria-hidden /> : <IconChevronUp size={18} aria-hidden />}
          <span>
            {title}
            {sums.open > 0 && sums.bytes > 0 && ` · ${percent(sums.sent / sums.bytes)}`}
          </span>
        </UnstyledButton>
        {sums.open === 0 && (
          <ActionIcon variant="subtle" color="gray" aria-label={t('transfers.clear')} onClick={() => transfers.clear()}>
            <IconX size={18} aria-hidden />
          </ActionIcon>
        )}
      </header>
      {sums.open > 0 && (
        <Progress
          value={sums.bytes ? (sums.sent / sums.bytes) * 100 : 0}
          size="sm"
          radius={0}
          aria-label={t('transfers.progress')}
        />
      )}
      {expanded && (
        <>
          {all.length > 1 && sums.open > 0 && (
            <div className={classes.tools}>
              {sums.moving > 0 ? (
                <Button size="compact-sm" variant="default" onClick={() => transfers.pauseAll()}>
                  {t('transfers.pauseAll')}
                </Button>
              ) : (
                <Button size="compact-sm" variant="default" onClick={() => transfers.resumeAll()}>
                  {t('transfers.resumeAll')}
                </Button>
              )}
              <Button size="compact-sm" variant="default" onClick={() => transfers.cancelAll()}>
                {t('transfers.cancelAll')}
              </Button>
            </div>
          )}
          <ul className={classes.rows}>
            {rows.map(row => (
              <TransferRow key={row.id} transfer={row} alone={sums.conflicts < 2} />
            ))}
          </ul>
          {all.length > shownRows && (
            <Text size="xs" c="dimmed" p="xs">
              {t('transfers.more', { n: number(all.length - shownRows) })}
            </Text>
          )}
        </>
      )}
    </aside>
  );
}

function sum(all: readonly Transfer[]) {
  const sums = { open: 0, moving: 0, done: 0, conflicts: 0, sent: 0, bytes: 0 };
  for (const { state, sent, size } of all) {
    if (open.includes(state)) sums.open++;
    if (moving.includes(state)) sums.moving++;
    if (state === 'done') sums.done++;
    if (state === 'conflict') sums.conflicts++;
    if (open.includes(state) || state === 'done') {
      sums.sent += state === 'done' ? size : sent;
      sums.bytes += size;
    }
  }
  return sums;
}

/** The browser asks before it closes a page that still uploads. */
function useLeaveWarning(busy: boolean) {
  useEffect(() => {
    if (!busy) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [busy]);
}

/** Says once when everything has ended, and whenever something needs a decision; not every step. */
function useSpokenEnd(all: readonly Transfer[]) {
  const { t } = useI18n();
  const before = useRef({ open: 0, conflicts: 0 });
  useEffect(() => {
    const now = sum(all);
    if (before.current.open > 0 && now.open === 0) announce(t('transfers.ended', { count: now.done }));
    if (now.conflicts > before.current.conflicts) announce(t('transfers.asks'));
    before.current = { open: now.open, conflicts: now.conflicts };
  }, [all, t]);
}

/** Has the lists of a bucket read again when uploads have arrived in it, whatever page is shown. */
function useArrivals() {
  const client = useQueryClient();
  useEffect(() => {
    const timers = new Map<string, number>();
    const end = whenArrived(bucket => {
      window.clearTimeout(timers.get(bucket));
      timers.set(
        bucket,
        window.setTimeout(() => void objectsChanged(client, bucket), settle),
      );
    });
    return () => {
      end();
      for (const timer of timers.values()) window.clearTimeout(timer);
    };
  }, [client]);
}
