import { Badge, Stack, Tabs, Text } from '@mantine/core';
import { IconWorld } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { asFailure } from '../../api/failure.ts';
import { useT } from '../../i18n/index.tsx';
import { deletePolicy, putPolicy } from '../../s3/settings.ts';
import type { PolicyReport } from '../../s3/types.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { announce } from '../../ui/live.tsx';
import { Section } from '../../ui/Section.tsx';
import { FailureState, Loading } from '../../ui/States.tsx';
import { LeaveGuard } from '../settings/LeaveGuard.tsx';
import { policyQuery } from '../settings/settings.ts';
import { useSave } from '../settings/useSave.ts';
import { Builder } from './Builder.tsx';
import { statementsOf } from './document.ts';
import { JsonEditor } from './JsonEditor.tsx';
import { Meaning, Verdict } from './Meaning.tsx';
import { usePolicyWords } from './people.ts';
import { isGrave, isTaken, reportQuery, useReport } from './report.ts';
import { SaveBar } from './SaveBar.tsx';

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

type Question = { kind: 'remove' | 'save'; report: PolicyReport };

function PolicyForm({ bucket, kept, view, onView }: Props & { kept: string }) {
  const ui = useT();
  const t = usePolicyWords();
  const client = useQueryClient();
  const [text, setText] = useState(kept);
  const [question, setQuestion] = useState<Question | null>(null);
  const { save, busy, error, fail, clear } = useSave(policyQuery(bucket).queryKey);
  const raws = statementsOf(text);
  const judged = useReport(bucket, text);
  const held = useReport(bucket, kept);
  const readOnly = [held, judged].some(one => one.error !== null && asFailure(one.error).kind === 'denied');

  const edit = (next: string) => {
    setText(next);
    clear();
  };
  const put = () => save(() => putPolicy(bucket, text), t('policy.saved'));
  async function remove() {
    if (await save(() => deletePolicy(bucket), t('policy.removed'))) setText('');
  }
  /** Asks the server first, and then who saves, where it is a grave matter. */
  async function ask(kind: Question['kind']) {
    clear();
    try {
      const draft = kind === 'remove' ? '' : text;
      const report = await client.fetchQuery({ ...reportQuery(bucket, draft), staleTime: 0 });
      if (kind === 'save' && !isTaken(report))
        announce(report.valid ? t('policy.blockedSave') : t('policy.refused', { count: report.faults.length }));
      else if (kind === 'remove' || isGrave(report)) setQuestion({ kind, report });
      else await put();
    } catch (caught) {
      fail(caught);
    }
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
            report={judged.report}
            change={edit}
            onJson={() => onView('json')}
          />
        </Tabs.Panel>
        <Tabs.Panel value="json">
          <JsonEditor text={text} change={edit} />
        </Tabs.Panel>
      </Tabs>
      {text !== kept && raws?.length !== 0 && !readOnly && (
        <Verdict bucket={bucket} report={judged.report} asking={judged.asking} beside={view === 'builder'} />
      )}
      <LeaveGuard unsaved={text !== kept} />
      <SaveBar
        text={text}
        kept={kept}
        empty={raws?.length === 0}
        busy={busy}
        readOnly={readOnly}
        error={error ?? (readOnly ? null : judged.error)}
        onSave={() => ask(raws?.length === 0 ? 'remove' : 'save')}
        onDiscard={() => edit(kept)}
        onRemove={() => ask('remove')}
      />
      {question && (
        <ConfirmDialog
          title={question.kind === 'remove' ? t('policy.remove') : t('policy.confirm')}
          confirm={question.kind === 'remove' ? ui('ui.delete') : t('policy.confirmSave')}
          danger
          onConfirm={question.kind === 'remove' ? remove : put}
          onClose={() => setQuestion(null)}
        >
          {question.kind === 'remove' && <Text size="sm">{t('policy.removeText')}</Text>}
          <Meaning report={question.report} />
        </ConfirmDialog>
      )}
    </Stack>
  );
}
