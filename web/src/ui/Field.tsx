import { ActionIcon, Text, Tooltip } from '@mantine/core';
import { IconEye, IconEyeOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useT } from '../i18n/index.tsx';
import { CopyButton } from './CopyButton.tsx';
import classes from './Field.module.css';

interface RowProps {
  label: string;
  children: ReactNode;
}

/** A term and its value; put into a FieldList. */
export function Field({ label, children }: RowProps) {
  return (
    <div className={classes.row}>
      <dt className={classes.label}>{label}</dt>
      <dd className={classes.value}>{children}</dd>
    </div>
  );
}

export function FieldList({ children }: { children: ReactNode }) {
  return <dl className={classes.list}>{children}</dl>;
}

interface CopyProps {
  label: string;
  value: string | undefined;
  /** Shown where there is no value yet. */
  absent?: string;
  /** Shows the word Copy. */
  labelled?: boolean;
}

/** A term, its value in fixed width, and a way to copy it. */
export function CopyField({ label, value, absent = '–', labelled }: CopyProps) {
  return (
    <Field label={label}>
      {value ? (
        <>
          <span className={classes.mono}>{value}</span>
          <CopyButton value={value} what={label} labelled={labelled} />
        </>
      ) : (
        <Text c="dimmed" size="sm">
          {absent}
        </Text>
      )}
    </Field>
  );
}

/** A secret: hidden until asked for, and copyable all the same. It is never part of the page while hidden. */
export function SecretField({
  label,
  value,
  open,
  onToggle,
  onCopied,
}: {
  label: string;
  value: string;
  open: boolean;
  onToggle: () => void;
  onCopied?: () => void;
}) {
  const t = useT();
  const name = open ? t('ui.hideWhat', { what: label }) : t('ui.revealWhat', { what: label });
  return (
    <Field label={label}>
      <span className={classes.mono} data-secret={open ? 'open' : 'hidden'}>
        {open ? (
          value
        ) : (
          <span aria-label={t('ui.hidden')} role="img">
            {'•'.repeat(24)}
          </span>
        )}
      </span>
      <Tooltip label={name}>
        <ActionIcon variant="subtle" color="gray" onClick={onToggle} aria-label={name} aria-pressed={open}>
          {open ? <IconEyeOff size={16} aria-hidden /> : <IconEye size={16} aria-hidden />}
        </ActionIcon>
      </Tooltip>
      <CopyButton value={value} what={label} onCopied={onCopied} />
    </Field>
  );
}
