import { Button } from '@mantine/core';
import { IconEye } from '@tabler/icons-react';
import type { Session } from '../api/types.ts';
import { useT } from '../i18n/index.tsx';
import { useLeave } from './useLeave.tsx';
import classes from './VisitBanner.module.css';

/** Says on every page whose storage an administrator looks into, with the way out; nothing where people see their own. */
export function VisitBanner({ session }: { session: Session }) {
  const t = useT();
  const { leave, question } = useLeave();
  const { user, visitor } = session;
  if (!visitor) return null;
  const name = `${user.firstname} ${user.lastname}`.trim() || user.email;
  return (
    <section className={classes.banner} aria-label={t('visit.title')}>
      <IconEye size={20} aria-hidden className={classes.icon} />
      <p className={classes.text}>{t('visit.banner', { user: name, visitor: visitor.name })}</p>
      <Button size="xs" variant="white" color="dark" onClick={leave}>
        {t('visit.end')}
      </Button>
      {question}
    </section>
  );
}
