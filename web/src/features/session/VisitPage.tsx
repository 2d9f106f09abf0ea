import { Button } from '@mantine/core';
import { IconClockOff } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState } from 'react';
import { asFailure } from '../../api/failure.ts';
import { useT } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import { useTitle } from '../../shell/useTitle.ts';
import { EmptyState, FailureState, Loading } from '../../ui/States.tsx';
import { EntryFrame } from './EntryFrame.tsx';
import { visit } from './session.ts';

/** Follows a link into another user's storage. The token is behind the # of the address, which browsers send nowhere. */
export function VisitPage() {
  const t = useT();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [token] = useState(() => window.location.hash.slice(1));
  const [error, setError] = useState<unknown>(null);
  const begun = useRef(false);
  useTitle(t('visit.title'));

  const follow = useCallback(async () => {
    setError(null);
    try {
      await visit(client, token);
      await navigate({ to: paths.objectStorage, replace: true });
    } catch (caught) {
      setError(caught);
    }
  }, [client, navigate, token]);

  useEffect(() => {
    // The link counts once, and effects may run twice.
    if (begun.current) return;
    begun.current = true;
    void follow();
  }, [follow]);

  return (
    <EntryFrame>
      {!error ? (
        <Loading />
      ) : asFailure(error).code === 'VisitOver' ? (
        <div role="alert">
          <EmptyState
            icon={<IconClockOff size={28} />}
            title={t('visit.over')}
            actions={
              <Button renderRoot={props => <Link to={paths.objectStorage} {...props} />}>
                {t('shell.toObjectStorage')}
              </Button>
            }
          >
            {t('visit.overText')}
          </EmptyState>
        </div>
      ) : (
        <FailureState error={error} onRetry={follow} />
      )}
    </EntryFrame>
  );
}
