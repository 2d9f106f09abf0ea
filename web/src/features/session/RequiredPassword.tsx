import { Paper } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useT } from '../../i18n/index.tsx';
import { PageHeader } from '../../ui/Section.tsx';
import { PasswordForm } from './PasswordDialog.tsx';
import classes from './SecondFactor.module.css';
import { useSession } from './session.ts';

/** Stands in place of every page until a temporary password was changed: the server refuses everything else. */
export function RequiredPassword() {
  const t = useT();
  const client = useQueryClient();
  const { user } = useSession();
  return (
    <div className={classes.required}>
      <PageHeader title={t('session.changePassword')} hint={t('session.passwordMust')} />
      <Paper p="lg" withBorder>
        <PasswordForm email={user.email} onDone={() => void client.invalidateQueries()} />
      </Paper>
    </div>
  );
}
