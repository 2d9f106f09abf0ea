import { Button, Group, Modal, Radio, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { ActionsField } from './ActionsField.tsx';
import { ConditionsField, conditionOf, type Row, rowsOf } from './ConditionsField.tsx';
import { type Fault, faultsOf, fitted, type Model } from './model.ts';
import { usePolicyWords, useSpeaker } from './people.ts';
import classes from './policy.module.css';
import { Sentence } from './StatementList.tsx';
import { WhereField } from './WhereField.tsx';
import { WhoField } from './WhoField.tsx';

interface Props {
  bucket: string;
  model: Model;
  /** Names of the other statements. */
  sids: string[];
  onApply: (model: Model) => void;
  onClose: () => void;
}

/** What every part of the editor is given. */
export interface PartProps {
  model: Model;
  change: (part: Partial<Model>) => void;
  /** What is wrong with the part, in words; shown once somebody tried to apply it. */
  faults: string[];
}

/** Edits one statement: effect, who, what, where, conditions. */
export function StatementEditor({ bucket, model: given, sids, onApply, onClose }: Props) {
  const ui = useT();
  const t = usePolicyWords();
  const say = useSpeaker();
  const [draft, setDraft] = useState(given);
  const [rows, setRows] = useState<Row[]>(() => rowsOf(given.conditions));
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const model = fitted({ ...draft, conditions: rows.map(conditionOf) });
  const faults = faultsOf(model, bucket);
  const sidTaken = model.sid !== '' && sids.includes(model.sid);
  const told = (at: Fault['at']) =>
    tried
      ? faults.filter(one => one.at === at).map(({ kind, value }) => t(`policy.fault.${kind}`, { value, bucket }))
      : [];
  const change = (part: Partial<Model>) => setDraft(before => ({ ...before, ...part }));

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (faults.length === 0 && !sidTaken) return onApply(model);
    requestAnimationFrame(() => form.current?.querySelector('[role="alert"]')?.scrollIntoView({ block: 'center' }));
  }

  return (
    <Modal
      opened
      onClose={onClose}
      size="46rem"
      title={t('policy.editTitle')}
      closeButtonProps={{ 'aria-label': ui('ui.close') }}
      classNames={{ content: classes.modal, body: classes.modalBody }}
    >
      <form ref={form} onSubmit={submit} noValidate className={classes.form}>
        <Stack className={classes.parts}>
          <Radio.Group
            label={t('policy.effect')}
            value={model.allow ? 'allow' : 'deny'}
            onChange={value => change({ allow: value === 'allow' })}
          >
            <Group mt="xs" gap="xl">
              <Radio value="allow" label={t('policy.effectAllow')} description={t('policy.effectAllowHint')} />
              <Radio value="deny" label={t('policy.effectDeny')} description={t('policy.effectDenyHint')} />
            </Group>
          </Radio.Group>
          <WhoField model={draft} change={change} faults={told('who')} />
          <ActionsField model={draft} change={change} faults={told('actions')} />
          <WhereField model={draft} change={change} faults={told('where')} />
          <ConditionsField rows={rows} change={setRows} faults={told('conditions')} />
          <TextInput
            label={t('policy.name')}
            description={t('policy.nameHint')}
            value={model.sid}
            maxLength={128}
            onChange={event => change({ sid: event.currentTarget.value })}
            error={tried && sidTaken && t('policy.fault.sid')}
          />
        </Stack>
        <section className={classes.preview} aria-label={t('policy.reads')}>
          <Sentence statement={{ model, not: { who: false, actions: false, places: false }, exact: true }} say={say} />
          <Group justify="space-between" gap="sm">
            <Text size="sm" c="dimmed">
              {t('policy.applyHint')}
            </Text>
            <Group gap="sm">
              <Button variant="default" onClick={onClose}>
                {ui('ui.cancel')}
              </Button>
              <Button type="submit">{t('policy.apply')}</Button>
            </Group>
          </Group>
        </section>
      </form>
    </Modal>
  );
}

/** What is wrong with a part, said at once to those who listen. */
export function Faults({ faults }: { faults: string[] }) {
  if (faults.length === 0) return null;
  return (
    <div role="alert">
      {faults.map(text => (
        <p key={text} className={classes.fault}>
          {text}
        </p>
      ))}
    </div>
  );
}
