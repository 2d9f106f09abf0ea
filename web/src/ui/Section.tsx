import { Paper, Text, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import classes from './Section.module.css';

interface Props {
  title: string;
  hint?: ReactNode;
  /** What can be done, at the right of the title. */
  action?: ReactNode;
  children: ReactNode;
}

/** A titled card. */
export function Section({ title, hint, action, children }: Props) {
  const id = useId();
  return (
    <Paper component="section" aria-labelledby={id} className={classes.card}>
      <header className={classes.head}>
        <div>
          <Title order={2} id={id}>
            {title}
          </Title>
          {hint && (
            <Text c="dimmed" size="sm" mt={2}>
              {hint}
            </Text>
          )}
        </div>
        {action}
      </header>
      {children}
    </Paper>
  );
}

interface HeaderProps {
  title: ReactNode;
  hint?: ReactNode;
  action?: ReactNode;
}

/** The head of a page. The title takes the focus after navigation (see the shell). */
export function PageHeader({ title, hint, action }: HeaderProps) {
  return (
    <header className={classes.page}>
      <div className={classes.grow}>
        <Title order={1} tabIndex={-1} data-page-title>
          {title}
        </Title>
        {hint && (
          <Text c="dimmed" mt={4}>
            {hint}
          </Text>
        )}
      </div>
      {action}
    </header>
  );
}
