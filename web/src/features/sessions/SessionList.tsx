import { Badge, Stack, Text } from '@mantine/core';
import {
  IconDeviceDesktop,
  IconDeviceMobile,
  IconDevices,
  IconDeviceTablet,
  IconLogout,
  IconTerminal2,
} from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { UserSession } from '../../api/types.ts';
import { useI18n, useT } from '../../i18n/index.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { ExplainedButton } from '../../ui/Explained.tsx';
import { Section } from '../../ui/Section.tsx';
import { EmptyState, FailureState, Loading } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { type Device, deviceOf } from './device.ts';
import classes from './SessionList.module.css';
import { endSession, endSessions, sessionsQuery } from './sessions.ts';

const icons: Record<Device['kind'], ReactNode> = {
  computer: <IconDeviceDesktop size={22} />,
  phone: <IconDeviceMobile size={22} />,
  tablet: <IconDeviceTablet size={22} />,
  program: <IconTerminal2 size={22} />,
};

interface Props {
  userId: string;
  title: string;
  hint: string;
  /** Why none can be ended; empty when they can. */
  reason?: string;
  deniedHint: string;
}

/** Where a user is signed in, with a way to end each session but the present one, or all of these. */
export function SessionList({ userId, title, hint, reason = '', deniedHint }: Props) {
  const t = useT();
  const client = useQueryClient();
  const { data: sessions, error, refetch } = useQuery(sessionsQuery(userId));
  const [ending, setEnding] = useState<UserSession | 'all' | null>(null);
  const others = sessions?.filter(one => !one.current) ?? [];
  const present = sessions !== undefined && others.length < sessions.length;

  async function end() {
    const count = ending === 'all' ? await endSessions(userId) : 1;
    if (ending && ending !== 'all') await endSession(userId, ending.id);
    await client.invalidateQueries({ queryKey: sessionsQuery(userId).queryKey });
    toast({ kind: 'done', title: t('sessions.ended', { count }) });
  }

  return (
    <Section
      title={title}
      hint={hint}
      action={
        <ExplainedButton
          reason={reason || (others.length === 0 ? t('sessions.noOther') : '')}
          variant="default"
          leftSection={<IconLogout size={18} aria-hidden />}
          onClick={() => setEnding('all')}
        >
          {present ? t('sessions.endOthers') : t('sessions.endAll')}
        </ExplainedButton>
      }
    >
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={deniedHint} />
      ) : !sessions ? (
        <Loading />
      ) : sessions.length === 0 ? (
        <EmptyState icon={<IconDevices size={28} />} title={t('sessions.none')} compact>
          {t('sessions.noneText')}
        </EmptyState>
      ) : (
        <ul className={classes.list} aria-label={title}>
          {sessions.map(session => (
            <Row key={session.id} session={session} reason={reason} onEnd={() => setEnding(session)} />
          ))}
        </ul>
      )}
      {ending && (
        <ConfirmDialog
          key={ending === 'all' ? 'all' : ending.id}
          title={ending === 'all' ? t('sessions.askAll', { count: others.length }) : t('sessions.ask')}
          confirm={t('sessions.end')}
          danger
          onConfirm={end}
          onClose={() => setEnding(null)}
        >
          <Stack gap="xs">
            {ending !== 'all' && <NameOf session={ending} />}
            <Text size="sm">{t('sessions.askText')}</Text>
          </Stack>
        </ConfirmDialog>
      )}
    </Section>
  );
}

function NameOf({ session }: { session: UserSession }) {
  const t = useT();
  return (
    <Text size="sm" fw={600}>
      {deviceName(t, session.program)}
    </Text>
  );
}

function deviceName(t: ReturnType<typeof useT>, program: string): string {
  const { browser, system } = deviceOf(program);
  if (browser && system) return t('sessions.on', { browser, system });
  return browser || system || t('sessions.unknown');
}

interface RowProps {
  session: UserSession;
  reason: string;
  onEnd: () => void;
}

function Row({ session, reason, onEnd }: RowProps) {
  const { t, ago, dateTime } = useI18n();
  const { program, current, visitor, created, lastSeen, source, lastSource } = session;
  const device = deviceName(t, program);
  return (
    <li className={classes.row}>
      <div className={classes.icon} aria-hidden>
        {icons[deviceOf(program).kind]}
      </div>
      <div>
        <div className={classes.name}>
          <span title={program}>{device}</span>
          {current && <Badge color="tide">{t('sessions.current')}</Badge>}
          {visitor && <Badge color="brass">{t('sessions.visit', { name: visitor.name })}</Badge>}
        </div>
        <dl className={classes.facts}>
          <div>
            <dt>{t('sessions.lastUsed')}</dt>
            <dd>
              {current ? (
                t('sessions.now')
              ) : (
                <>
                  {ago(lastSeen)} <time className={classes.exact}>{dateTime(lastSeen)}</time>
                </>
              )}
            </dd>
          </div>
          <div>
            <dt>{t('sessions.signedIn')}</dt>
            <dd>
              {ago(created)} <time className={classes.exact}>{dateTime(created)}</time>
            </dd>
          </div>
          <div>
            <dt>{t('sessions.address')}</dt>
            <dd>
              {lastSource ?? '–'}{' '}
              {source && source !== lastSource && (
                <span className={classes.exact}>{t('sessions.from', { address: source })}</span>
              )}
            </dd>
          </div>
        </dl>
      </div>
      {!current && (
        <div className={classes.end}>
          <ExplainedButton
            reason={reason}
            variant="default"
            size="sm"
            aria-label={t('sessions.endOf', { device })}
            onClick={onEnd}
          >
            {t('sessions.end')}
          </ExplainedButton>
        </div>
      )}
    </li>
  );
}
