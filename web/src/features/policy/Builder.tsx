import { Button, NativeSelect, Stack } from '@mantine/core';
import { IconFileUnknown, IconPlus, IconShieldHalf } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import type { PolicyReport } from '../../s3/types.ts';
import { announce } from '../../ui/live.tsx';
import { EmptyState } from '../../ui/States.tsx';
import { jsonFault, withInserted, withoutMember, withRemoved, withReplaced } from './document.ts';
import { type Model, readStatement, writeStatement } from './model.ts';
import { usePolicyWords } from './people.ts';
import classes from './policy.module.css';
import { StatementEditor } from './StatementEditor.tsx';
import { StatementList } from './StatementList.tsx';
import { type Template, templateModel, templates } from './templates.ts';

interface Props {
  bucket: string;
  text: string;
  /** The text of each statement; null where the text is no policy. */
  raws: string[] | null;
  report: PolicyReport | null;
  change: (text: string) => void;
  onJson: () => void;
}

/** The policy as a list of sentences that can be edited one by one. */
export function Builder({ bucket, text, raws, report, change, onJson }: Props) {
  const t = usePolicyWords();
  const [editing, setEditing] = useState<{ at: number; model: Model } | null>(null);
  const [template, setTemplate] = useState<Template>('empty');
  const add = useRef<HTMLButtonElement>(null);

  if (!raws) {
    return (
      <EmptyState
        compact
        icon={<IconFileUnknown size={28} />}
        title={t('policy.unreadable')}
        actions={<Button onClick={onJson}>{t('policy.openJson')}</Button>}
      >
        {t('policy.unreadableText', { why: jsonFault(text) ?? t('policy.notPolicy') })}
      </EmptyState>
    );
  }

  const read = raws.map(raw => readStatement(raw, bucket));
  const remove = (index: number) => {
    change(withRemoved(text, index));
    announce(t('policy.deleted', { n: index + 1 }));
    add.current?.focus();
  };
  const apply = (model: Model) => {
    const at = editing?.at ?? raws.length;
    const raw = writeStatement(model, bucket);
    change(at < raws.length ? withReplaced(text, at, raw) : withInserted(text, at, raw));
    setEditing(null);
  };

  return (
    <Stack>
      {raws.length === 0 ? (
        <EmptyState compact icon={<IconShieldHalf size={28} />} title={t('policy.empty')}>
          {t('policy.emptyText')}
        </EmptyState>
      ) : (
        <StatementList
          bucket={bucket}
          raws={raws}
          report={report}
          onEdit={at => {
            const model = read[at]?.model;
            if (model) setEditing({ at, model });
          }}
          onJson={onJson}
          onDuplicate={index => change(withInserted(text, index + 1, withoutMember(raws[index] ?? '', 'Sid')))}
          onDelete={remove}
        />
      )}
      <div className={classes.start}>
        <NativeSelect
          label={t('policy.start')}
          value={template}
          onChange={event => setTemplate(event.currentTarget.value as Template)}
          data={templates.map(one => ({ value: one, label: t(`policy.start.${one}`) }))}
        />
        <Button
          ref={add}
          variant="light"
          leftSection={<IconPlus size={18} aria-hidden />}
          onClick={() => setEditing({ at: raws.length, model: templateModel(template) })}
        >
          {t('policy.add')}
        </Button>
      </div>
      {editing && (
        <StatementEditor
          bucket={bucket}
          model={editing.model}
          sids={read.filter((_, index) => index !== editing.at).map(one => one.model.sid)}
          onApply={apply}
          onClose={() => setEditing(null)}
        />
      )}
    </Stack>
  );
}
