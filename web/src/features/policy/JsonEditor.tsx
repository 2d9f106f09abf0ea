import { Button, Stack, Textarea } from '@mantine/core';
import { jsonFault, laidOut } from './document.ts';
import { usePolicyWords } from './people.ts';
import classes from './policy.module.css';

/** The policy as its text. */
export function JsonEditor({ text, change }: { text: string; change: (text: string) => void }) {
  const t = usePolicyWords();
  const lines = text.split('\n').length;
  const canLayOut = text.trim() !== '' && jsonFault(text) === null && laidOut(text) !== text;
  return (
    <Stack gap="sm">
      <Textarea
        className={classes.code}
        data-one-line={lines === 1 || undefined}
        label={t('policy.text')}
        description={t('policy.textHint')}
        value={text}
        onChange={event => change(event.currentTarget.value)}
        rows={Math.min(28, Math.max(10, lines + 1))}
        spellCheck={false}
        autoCapitalize="none"
      />
      {canLayOut && (
        <div>
          <Button variant="subtle" size="compact-sm" onClick={() => change(laidOut(text))}>
            {t('policy.layOut')}
          </Button>
        </div>
      )}
    </Stack>
  );
}
