import { Button, Checkbox, Stack, Text, Textarea } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { type ActionGroup, actionGroups, isEverything, meant } from './actions.ts';
import { usePolicyWords } from './people.ts';
import classes from './policy.module.css';
import { Faults, type PartProps } from './StatementEditor.tsx';

const membersOf = ({ signs, quiet, more }: ActionGroup) => [...signs, ...quiet, ...more];

/** What a statement allows or denies: in plain words, and action by action for those who want. */
export function ActionsField({ model, change, faults }: PartProps) {
  const t = usePolicyWords();
  const id = useId();
  const [single, setSingle] = useState(false);
  const everything = model.actions.some(isEverything);
  const chosen = new Set(model.actions);
  const set = (names: readonly string[], on: boolean) =>
    change({
      actions: on ? [...new Set([...model.actions, ...names])] : model.actions.filter(name => !names.includes(name)),
    });

  return (
    <fieldset className={classes.part}>
      <legend>{t('policy.what')}</legend>
      <Checkbox
        label={t('policy.everything')}
        checked={everything}
        onChange={event =>
          change(event.currentTarget.checked ? { actions: ['s3:*'], bucket: true } : { actions: [], bucket: false })
        }
      />
      {!everything && (
        <>
          <div className={classes.choices}>
            {actionGroups
              .filter(group => group.signs.length > 0)
              .map(group => {
                const on = group.signs.every(name => chosen.has(name));
                const members = membersOf(group);
                return (
                  <Checkbox
                    key={group.id}
                    label={t(`policy.group.${group.id}`)}
                    checked={on}
                    indeterminate={!on && members.some(name => chosen.has(name))}
                    onChange={() => set(on ? members : [...group.signs, ...group.quiet], !on)}
                  />
                );
              })}
          </div>
          <div>
            <Button
              variant="subtle"
              size="compact-sm"
              px={4}
              aria-expanded={single}
              aria-controls={id}
              leftSection={
                single ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />
              }
              onClick={() => setSingle(!single)}
            >
              {t('policy.single')}
            </Button>
          </div>
          <div id={id} hidden={!single}>
            {single && <Singles chosen={chosen} set={set} />}
            {single && <Patterns model={model} change={change} />}
          </div>
        </>
      )}
      <Faults faults={faults} />
    </fieldset>
  );
}

function Singles({ chosen, set }: { chosen: Set<string>; set: (names: string[], on: boolean) => void }) {
  const t = usePolicyWords();
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {t('policy.singleHint')}
      </Text>
      {actionGroups.map(group => (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset within a fieldset would have a frame of its own
        <div key={group.id} role="group" aria-label={t(`policy.group.${group.id}`)}>
          <Text size="sm" fw={600} mb={6}>
            {t(`policy.group.${group.id}`)}
          </Text>
          <div className={classes.single}>
            {membersOf(group).map(name => (
              <Checkbox
                key={name}
                size="xs"
                label={name}
                checked={chosen.has(name)}
                onChange={event => set([name], event.currentTarget.checked)}
              />
            ))}
          </div>
        </div>
      ))}
    </Stack>
  );
}

const isExact = (name: string) => meant(name).length === 1 && meant(name)[0] === name;

/** Names with wildcards, and whatever else no box stands for. */
function Patterns({ model, change }: Omit<PartProps, 'faults'>) {
  const t = usePolicyWords();
  const [text, setText] = useState(() => model.actions.filter(name => !isExact(name)).join('\n'));
  return (
    <Textarea
      mt="md"
      label={t('policy.patterns')}
      description={t('policy.patternsHint')}
      value={text}
      rows={2}
      spellCheck={false}
      autoCapitalize="none"
      onChange={event => {
        const next = event.currentTarget.value;
        setText(next);
        const names = next.split('\n').map(line => line.trim());
        const patterns = names.filter(name => name !== '');
        change({ actions: [...new Set([...model.actions.filter(isExact), ...patterns])] });
      }}
    />
  );
}
