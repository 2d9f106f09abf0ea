import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { ExplainedButton } from '../../ui/Explained.tsx';
import { FailureAlert } from '../../ui/States.tsx';
import { jsonFault } from './document.ts';
import { usePolicyWords } from './people.ts';
import classes from './policy.module.css';

interface Props {
  text: string;
  kept: string;
  /** Whether the text has no statement. */
  empty: boolean;
  busy: boolean;
  /** Whether who looks may not change the policy. */
  readOnly: boolean;
  error: unknown;
  onSave: () => void;
  onDiscard: () => void;
  onRemove: () => void;
}

/** Saves the policy, gives changes up, or deletes it; says why it could not be saved. */
export function SaveBar({ text, kept, empty, busy, readOnly, error, onSave, onDiscard, onRemove }: Props) {
  const t = usePolicyWords();
  const [tried, setTried] = useState('');
  const changed = text !== kept;
  const fault = text.trim() === '' || (empty && !kept) ? t('policy.textEmpty') : jsonFault(text);

  function save() {
    setTried(text);
    if (fault === null || (empty && kept)) onSave();
  }

  return (
    <>
      {tried === text && text !== kept && fault && !(empty && kept) && (
        <Text role="alert" size="sm" c="var(--mantine-color-error)">
          {fault}
        </Text>
      )}
      <FailureAlert error={error} />
      <div className={classes.bar}>
        <ExplainedButton
          type="button"
          reason={readOnly ? t('policy.readOnly') : changed ? '' : t('policy.nothingChanged')}
          loading={busy}
          onClick={save}
        >
          {t('policy.save')}
        </ExplainedButton>
        {changed && (
          <Button variant="default" onClick={onDiscard}>
            {t('policy.discard')}
          </Button>
        )}
        <ExplainedButton
          variant="default"
          type="button"
          reason={readOnly ? t('policy.readOnly') : kept ? '' : t('policy.noneYet')}
          onClick={onRemove}
        >
          {t('policy.remove')}
        </ExplainedButton>
        {changed && (
          <Text size="sm" c="dimmed">
            {t('policy.unsaved')}
          </Text>
        )}
      </div>
    </>
  );
}
