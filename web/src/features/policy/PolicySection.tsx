import { Alert, Badge, Stack, Tabs, Text } from '@mantine/core';
import { IconWorld } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { asFailure } from '../../api/failure.ts';
import { useT } from '../../i18n/index.tsx';
import { deletePolicy, putPolicy } from '../../s3/settings.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { Section } from '../../ui/Section.tsx';
import { FailureState, Loading } from '../../ui/States.tsx';
import { useSession } from '../session/session.ts';
import { policyQuery, publicBlockQuery } from '../settings/settings.ts';
import { useSave } from '../settings/useSave.ts';
import { Builder } from './Builder.tsx';
import { statementsOf } from './document.ts';
import { blamed, type Effects, effectsOf } from './effects.ts';
import { JsonEditor } from './JsonEditor.tsx';
import type { Statement } from './model.ts';
import { selfOf, usePolicyWords, useSpeaker } from './people.ts';
import classes from './policy.module.css';
import { SaveBar } from './SaveBar.tsx';
import { sentenceOf } from './sentence.ts';

export type PolicyView = 'builder' | 'json';

interface Props {
  bucket: string;
  view: PolicyView;
  onView: (view: PolicyView) => void;
}

/** Who else may do what in the bucket, as statements and as JSON: two ways to see one text. */
export function PolicySection({ bucket, view, onView }: Props) {
  const ui = useT();
  const t = usePolicyWords();
  const { data, error, refetch } = useQuery(policyQuery(bucket));
  const badge = data && (
    <Badge size="lg" color={data.open ? 'red' : 'gray'} leftSection={data.open && <IconWorld size={14} aria-hidden />}>
      {data.open ? t('policy.public') : data.text ? t('policy.limited') : t('policy.none')}
    </Badge>
  );
  return (
    <Section title={t('policy.title')} hint={t('policy.hint')} action={badge}>
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={ui('set.denied')} />
      ) : !data ? (
        <Loading />
      ) : (
        <PolicyForm bucket={bucket} kept={data.text} view={view} onView={onView} />
      )}
    </Section>
  );
}

type Question = { kind: 'remove' } | { kind: 'save'; effects: Effects };

function PolicyForm({ bucket, kept, view, onView }: Props & { kept: string }) {
  const ui = useT();
  const t = usePolicyWords();
  const session = useSession();
  const [text, setText] = useState(kept);
  const [question, setQuestion] = useState<Question | null>(null);
  const { save, busy, error, clear } = useSave(policyQuery(bucket).queryKey);
  const raws = statementsOf(text);
  const at = error && raws ? blamed(asFailure(error).message, raws, bucket) : null;

  const edit = (next: string) => {
    setText(next);
    clear();
  };
  const put = () => save(() => putPolicy(bucket, text), t('policy.saved'));
  async function remove() {
    if (await save(() => deletePolicy(bucket), t('policy.removed'))) setText('');
  }
  function trySave() {
    if (raws?.length === 0) return setQuestion({ kind: 'remove' });
    const effects = effectsOf(kept, text, bucket, selfOf(session, Date.now()));
    if (Object.values(effects).every(list => list.length === 0)) void put();
    else setQuestion({ kind: 'save', effects });
  }

  return (
    <Stack>
      <Tabs value={view} onChange={value => onView(value as PolicyView)} keepMounted={false}>
        <Tabs.List mb="md" aria-label={t('policy.tabs')}>
          <Tabs.Tab value="builder">{t('policy.tab.builder')}</Tabs.Tab>
          <Tabs.Tab value="json">{t('policy.tab.json')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="builder">
          <Builder
            bucket={bucket}
            text={text}
            raws={raws}
            refused={error && at !== null ? { at, error } : null}
            change={edit}
            onJson={() => onView('json')}
          />
        </Tabs.Panel>
        <Tabs.Panel value="json">
          <JsonEditor text={text} change={edit} />
        </Tabs.Panel>
      </Tabs>
      <SaveBar
        text={text}
        kept={kept}
        empty={raws?.length === 0}
        busy={busy}
        error={error}
        at={at}
        above={view === 'builder' && at !== null}
        onSave={trySave}
        onDiscard={() => edit(kept)}
        onRemove={() => setQuestion({ kind: 'remove' })}
      />
      {question?.kind === 'remove' && (
        <ConfirmDialog
          title={t('policy.remove')}
          confirm={ui('ui.delete')}
          danger
          onConfirm={remove}
          onClose={() => setQuestion(null)}
        >
          <Text size="sm">{t('policy.removeText')}</Text>
        </ConfirmDialog>
      )}
      {question?.kind === 'save' && (
        <ConfirmDialog
          title={t('policy.confirm')}
          confirm={t('policy.confirmSave')}
          danger
          onConfirm={put}
          onClose={() => setQuestion(null)}
        >
          <Warnings bucket={bucket} effects={question.effects} />
        </ConfirmDialog>
      )}
    </Stack>
  );
}

/** What saving would do, in words. */
function Warnings({ bucket, effects }: { bucket: string; effects: Effects }) {
  const t = usePolicyWords();
  const { data: block } = useQuery(publicBlockQuery(bucket));
  const { opens, refusesSelf, mayRefuseSelf, losesSelf } = effects;
  const self = refusesSelf.length + mayRefuseSelf.length + losesSelf.length > 0;
  return (
    <Stack gap="md">
      <Warned title={t('policy.opens')} list={opens} />
      {opens.length > 0 && block?.policy && <Alert color="brass">{t('policy.blockedSave')}</Alert>}
      {opens.length > 0 && block?.restrict && <Alert color="brass">{t('policy.blockedUse')}</Alert>}
      <Warned title={t('policy.refusesYou')} list={refusesSelf} />
      <Warned title={t('policy.mayRefuseYou')} list={mayRefuseSelf} />
      <Warned title={t('policy.takesFromYou')} list={losesSelf} />
      {self && (
        <Text size="sm" c="dimmed">
          {t('policy.ownerMay')}
        </Text>
      )}
    </Stack>
  );
}

function Warned({ title, list }: { title: string; list: Statement[] }) {
  const say = useSpeaker();
  if (list.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <ul className={classes.warned}>
        {list.map((one, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: statements have no other identity than their place
          <li key={index}>{sentenceOf(one, say)}</li>
        ))}
      </ul>
    </div>
  );
}
