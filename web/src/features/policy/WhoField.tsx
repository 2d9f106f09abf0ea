import { ActionIcon, NativeSelect, Radio, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { ExplainedButton } from '../../ui/Explained.tsx';
import { isPrincipal, type Principal } from './model.ts';
import { useCandidates, usePolicyWords, useSpeaker } from './people.ts';
import classes from './policy.module.css';
import { Faults, type PartProps } from './StatementEditor.tsx';

/** Whom a statement is about. */
export function WhoField({ model, change, faults }: PartProps) {
  const t = usePolicyWords();
  const { name } = useSpeaker();
  const add = (list: Principal[]) => change({ who: [...model.who, ...list.filter(one => !model.who.some(same(one)))] });
  return (
    <fieldset className={classes.part}>
      <legend>{t('policy.who')}</legend>
      <Radio.Group
        aria-label={t('policy.who')}
        value={model.everyone ? 'everyone' : 'some'}
        onChange={value => change({ everyone: value === 'everyone', who: value === 'everyone' ? [] : model.who })}
      >
        <Stack gap="sm">
          <Radio value="everyone" label={t('policy.everyone')} description={t('policy.everyoneHint')} />
          <Radio value="some" label={t('policy.some')} />
        </Stack>
      </Radio.Group>
      {!model.everyone && (
        <>
          {model.who.length > 0 && (
            <ul className={classes.chips} aria-label={t('policy.chosen')}>
              {model.who.map(one => (
                <li key={`${one.kind} ${one.value}`} className={classes.chip}>
                  <span title={one.value}>{name(one)}</span>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size="sm"
                    radius="xl"
                    aria-label={t('policy.takeOut', { name: name(one) })}
                    onClick={() => change({ who: model.who.filter(other => other !== one) })}
                  >
                    <IconX size={14} aria-hidden />
                  </ActionIcon>
                </li>
              ))}
            </ul>
          )}
          <Picker chosen={model.who} onAdd={add} />
          <ById onAdd={add} />
        </>
      )}
      <Faults faults={faults} />
    </fieldset>
  );
}

const same = (one: Principal) => (other: Principal) => one.kind === other.kind && one.value === other.value;

interface AddProps {
  onAdd: (list: Principal[]) => void;
}

/** Picks from the people and groups that the viewer may list; nothing where that is nobody. */
function Picker({ chosen, onAdd }: AddProps & { chosen: Principal[] }) {
  const t = usePolicyWords();
  const candidates = useCandidates();
  const [picked, setPicked] = useState('');
  const left = candidates.filter(one => !one.who.every(who => chosen.some(same(who))));
  const next = left.find(one => one.id === picked) ?? left[0];
  if (candidates.length === 0) return null;
  return (
    <div>
      <div className={classes.beside}>
        <NativeSelect
          label={t('policy.pick')}
          value={next?.id ?? ''}
          disabled={!next}
          onChange={event => setPicked(event.currentTarget.value)}
          data={left.map(({ id, label }) => ({ value: id, label }))}
        />
        <ExplainedButton
          variant="light"
          type="button"
          reason={next ? '' : t('policy.pickAll')}
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => next && onAdd(next.who)}
        >
          {t('policy.pickAdd')}
        </ExplainedButton>
      </div>
      {next && next.who.length > 1 && (
        <Text size="xs" c="dimmed" mt={4}>
          {t('policy.pickGroupHint')}
        </Text>
      )}
    </div>
  );
}

function ById({ onAdd }: AddProps) {
  const t = usePolicyWords();
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  const value = text.trim();
  const fits = isPrincipal({ kind: 'AWS', value });

  function add() {
    setTried(true);
    if (!fits) return;
    onAdd([{ kind: 'AWS', value }]);
    setText('');
    setTried(false);
  }

  return (
    <div className={classes.beside}>
      <TextInput
        label={t('policy.byId')}
        description={t('policy.byIdHint')}
        value={text}
        onChange={event => setText(event.currentTarget.value)}
        onKeyDown={event => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          if (value) add();
        }}
        spellCheck={false}
        autoCapitalize="none"
        error={tried && value !== '' && !fits && t('policy.fault.badWho', { value })}
      />
      <ExplainedButton
        variant="light"
        type="button"
        reason={value ? '' : t('policy.byIdEmpty')}
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={add}
      >
        {t('policy.byIdAdd')}
      </ExplainedButton>
    </div>
  );
}
