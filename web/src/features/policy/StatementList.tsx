import { ActionIcon, Badge, Button, Text, Tooltip } from '@mantine/core';
import {
  IconAlertCircle,
  IconBan,
  IconCircleCheck,
  IconCopy,
  IconPencil,
  IconTrash,
  IconWorld,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { PolicyReport } from '../../s3/types.ts';
import { readStatement, type Statement } from './model.ts';
import { usePolicyWords, useSpeaker } from './people.ts';
import classes from './policy.module.css';
import { faultSays, faultsByStatement } from './report.ts';
import { type Speaker, sentenceOf } from './sentence.ts';

interface Props {
  bucket: string;
  raws: string[];
  /** What the server says of the text; null before it does. */
  report: PolicyReport | null;
  onEdit: (index: number) => void;
  onJson: () => void;
  onDuplicate: (index: number) => void;
  onDelete: (index: number) => void;
}

/** The statements of a policy, each as a sentence. */
export function StatementList({ bucket, raws, report, onEdit, onJson, onDuplicate, onDelete }: Props) {
  const t = usePolicyWords();
  const say = useSpeaker();
  const faults = faultsByStatement(report);
  return (
    <ol className={classes.list} aria-label={t('policy.list')}>
      {raws.map((raw, index) => {
        const statement = readStatement(raw, bucket);
        const name = t('policy.statement', { n: index + 1 });
        const act = (label: string, icon: ReactNode, onClick: () => void) => (
          <Tooltip label={label}>
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`${label}: ${name}`} onClick={onClick}>
              {icon}
            </ActionIcon>
          </Tooltip>
        );
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: statements have no other identity than their place
          <li key={index} className={classes.statement} data-deny={!statement.model.allow || undefined}>
            <Sentence statement={statement} say={say} open={report?.publicStatements.includes(index + 1)} />
            <div className={classes.acts}>
              {statement.exact ? (
                act(t('policy.edit'), <IconPencil size={18} aria-hidden />, () => onEdit(index))
              ) : (
                <Button
                  variant="subtle"
                  size="compact-sm"
                  aria-label={`${t('policy.editJson')}: ${name}`}
                  onClick={onJson}
                >
                  {t('policy.editJson')}
                </Button>
              )}
              {act(t('policy.duplicate'), <IconCopy size={18} aria-hidden />, () => onDuplicate(index))}
              {act(t('policy.delete'), <IconTrash size={18} aria-hidden />, () => onDelete(index))}
            </div>
            {faults.get(index + 1)?.map(fault => (
              <p key={fault.message} className={`${classes.below} ${classes.fault}`}>
                <IconAlertCircle size={16} aria-hidden /> {faultSays(t, fault, bucket)}
              </p>
            ))}
          </li>
        );
      })}
    </ol>
  );
}

/** Whether a statement allows or denies, by word and picture, and what it says. */
export function Sentence({ statement, say, open }: { statement: Statement; say: Speaker; open?: boolean }) {
  const { t } = say;
  const { model, exact } = statement;
  return (
    <div className={classes.said}>
      <div className={classes.marks}>
        <Badge
          color={model.allow ? 'tide' : 'red'}
          variant="light"
          leftSection={model.allow ? <IconCircleCheck size={14} aria-hidden /> : <IconBan size={14} aria-hidden />}
        >
          {t(model.allow ? 'policy.allows' : 'policy.denies')}
        </Badge>
        {open && (
          <Badge color="red" variant="light" leftSection={<IconWorld size={14} aria-hidden />}>
            {t('policy.opensBadge')}
          </Badge>
        )}
        {model.sid && (
          <Text size="xs" c="dimmed" component="span">
            {model.sid}
          </Text>
        )}
      </div>
      <p className={classes.sentence}>{sentenceOf(statement, say)}</p>
      {!exact && (
        <Text size="sm" c="dimmed">
          {t('policy.asJson')}
        </Text>
      )}
    </div>
  );
}
