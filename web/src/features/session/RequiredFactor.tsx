import { Paper } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useT } from '../../i18n/index.tsx';
import { PageHeader } from '../../ui/Section.tsx';
import classes from './SecondFactor.module.css';
import { SetUp } from './SecondFactor.tsx';

/** Stands in place of every page until a required second factor is set up: the server refuses everything else. */
export function RequiredFactor() {
  const t = useT();
  const client = useQueryClient();
  return (
    <div className={classes.required}>
      <PageHeader title={t('session.factor')} hint={t('session.factorMust')} />
      <Paper p="lg" withBorder>
        <SetUp onDone={() => void client.invalidateQueries()} />
      </Paper>
    </div>
  );
}
