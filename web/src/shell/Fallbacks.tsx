import { Button } from '@mantine/core';
import { IconCompass } from '@tabler/icons-react';
import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { useT } from '../i18n/index.tsx';
import { paths } from '../routes/paths.ts';
import { EmptyState, FailureState } from '../ui/States.tsx';

export function NotFoundPage() {
  const t = useT();
  return (
    <EmptyState
      icon={<IconCompass size={28} />}
      title={t('shell.noPage')}
      actions={
        <Button variant="default" renderRoot={props => <Link to={paths.objectStorage} {...props} />}>
          {t('shell.toObjectStorage')}
        </Button>
      }
    >
      {t('shell.noPageText')}
    </EmptyState>
  );
}

/** Shown instead of a page that could not be shown at all. */
export function CrashPage({ error, reset }: ErrorComponentProps) {
  return <FailureState error={error} onRetry={reset} />;
}
