import { Alert, Button, Code, Group, Loader, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconLock, IconPlugConnectedX, IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { asFailure, type Failure } from '../api/failure.ts';
import { type Translate, useT } from '../i18n/index.tsx';
import classes from './States.module.css';

interface EmptyProps {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
  compact?: boolean;
}

/** Says that there is nothing here, why, and what to do next. */
export function EmptyState({ icon, title, children, actions, compact }: EmptyProps) {
  return (
    <Stack align="center" gap="xs" className={compact ? classes.compact : classes.empty}>
      <div className={classes.icon} aria-hidden>
        {icon}
      </div>
      <Text fw={650} size="lg" ta="center">
        {title}
      </Text>
      {children && (
        <Text c="dimmed" ta="center" maw={460}>
          {children}
        </Text>
      )}
      {actions && (
        <Group mt="sm" justify="center">
          {actions}
        </Group>
      )}
    </Stack>
  );
}

const codes = {
  BucketAlreadyExists: 'code.BucketAlreadyExists',
  BucketAlreadyOwnedByYou: 'code.BucketAlreadyOwnedByYou',
  BucketNotEmpty: 'code.BucketNotEmpty',
  NoSuchBucket: 'code.NoSuchBucket',
  NoSuchKey: 'code.NoSuchKey',
  TooManyBuckets: 'code.TooManyBuckets',
  DiskFull: 'code.DiskFull',
  EntityTooLarge: 'code.EntityTooLarge',
  KeyTooLongError: 'code.KeyTooLongError',
  MailTaken: 'code.MailTaken',
  FileUnreadable: 'code.FileUnreadable',
} as const;

function knownCode(code: string): (typeof codes)[keyof typeof codes] | undefined {
  return Object.hasOwn(codes, code) ? codes[code as keyof typeof codes] : undefined;
}

/** Returns a failure in the words of the chosen language; what only the server knows stays in the server's. */
export function explain(t: Translate, failure: Failure): { title: string; text: string } {
  const title = {
    offline: t('failure.offline'),
    signedOut: t('failure.signedOut'),
    denied: t('failure.denied'),
    notFound: t('failure.notFound'),
    conflict: t('failure.conflict'),
    precondition: t('failure.conflict'),
    invalid: t('failure.invalid'),
    limited: t('failure.limited'),
    busy: t('failure.busy'),
    server: t('failure.server'),
  }[failure.kind];
  const known = failure.kind === 'offline' ? ('failure.offlineText' as const) : knownCode(failure.code);
  const text = known ? t(known) : failure.message;
  return { title, text };
}

interface FailureProps {
  error: unknown;
  onRetry?: () => void;
  /** What to do when it is a matter of rights. */
  deniedHint?: string;
}

/** Fills the place of something that could not be loaded. "Not permitted" looks and reads different from "failed". */
export function FailureState({ error, onRetry, deniedHint }: FailureProps) {
  const t = useT();
  const failure = asFailure(error);
  const { title, text } = explain(t, failure);
  const denied = failure.kind === 'denied';
  const icon = denied ? (
    <IconLock size={28} />
  ) : failure.kind === 'offline' ? (
    <IconPlugConnectedX size={28} />
  ) : (
    <IconAlertTriangle size={28} />
  );
  return (
    <div role="alert">
      <EmptyState
        icon={icon}
        title={title}
        actions={
          onRetry &&
          !denied && (
            <Button variant="default" leftSection={<IconRefresh size={16} />} onClick={onRetry}>
              {t('ui.retry')}
            </Button>
          )
        }
      >
        {denied && deniedHint ? deniedHint : text}
        {failure.requestId && (
          <>
            <br />
            {t('failure.requestId')} <Code>{failure.requestId}</Code>
          </>
        )}
      </EmptyState>
    </div>
  );
}

/** Says in a form or dialog what went wrong. */
export function FailureAlert({ error }: { error: unknown }) {
  const t = useT();
  if (!error) return null;
  const { title, text } = explain(t, asFailure(error));
  return (
    <Alert color="red" icon={<IconAlertTriangle size={20} />} title={title} role="alert">
      {text}
    </Alert>
  );
}

export function Loading() {
  const t = useT();
  return (
    <div className={classes.loading}>
      <Loader size="sm" aria-label={t('ui.loading')} role="status" />
    </div>
  );
}
