import { Paper } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './EntryFrame.module.css';

/** A page for who is not signed in yet: the product's name above one card, and what stands below that. */
export function EntryFrame({ children, below }: { children: ReactNode; below?: ReactNode }) {
  return (
    <main className={classes.page}>
      <div className={classes.column}>
        <div className={classes.brand}>
          <img src="/logo.svg" alt="" width={44} height={44} />
          <span>Coffer</span>
        </div>
        <Paper className={classes.card}>{children}</Paper>
        {below}
      </div>
    </main>
  );
}
