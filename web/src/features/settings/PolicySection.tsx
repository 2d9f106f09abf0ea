import { Alert, Badge, Button, Group, NativeSelect, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { IconWorld } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { deletePolicy, putPolicy } from '../../s3/settings.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { ExplainedButton } from '../../ui/Explained.tsx';
import { Section } from '../../ui/Section.tsx';
import { FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { jsonFault, needs, readings, statementOf, type Template, templates, withStatement } from './policy.ts';
import classes from './settings.module.css';
import { policyQuery } from './settings.ts';
import { useSave } from './useSave.ts';

/** Who else may do what in the bucket. */
export function PolicySection({ bucket }: { bucket: string }) {
  const t = useT();
  const { data, error, refetch } = useQuery(policyQuery(bucket));
  const badge = data && (
    <Badge size="lg" color={data.open ? 'red' : 'gray'} leftSection={data.open && <IconWorld size={14} aria-hidden />}>
      {data.open ? t('set.policyPublic') : data.text ? t('set.policyLimited') : t('set.policyNone')}
    </Badge>
  );
  return (
    <Section title={t('set.policy')} hint={t('set.policyHint')} action={badge}>
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={t('set.denied')} />
      ) : !data ? (
        <Loading />
      ) : (
        <PolicyForm bucket={bucket} kept={data.text} />
      )}
    </Section>
  );
}

function PolicyForm({ bucket, kept }: { bucket: string; kept: string }) {
  const t = useT();
  const [text, setText] = useState(() => pretty(kept));
  const [tried, setTried] = useState(false);
  const [removing, setRemoving] = useState(false);
  const query = policyQuery(bucket);
  const { save, busy, error, clear } = useSave(query.queryKey);
  const fault = text.trim() === '' ? t('set.policyEmpty') : jsonFault(text);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!fault) await save(() => putPolicy(bucket, text.trim()), t('set.policySaved'));
  }
  const edit = (next: string) => {
    setText(next);
    clear();
  };

  return (
    <Stack>
      <TemplateChoice bucket={bucket} onInsert={statement => edit(withStatement(text, statement))} />
      <form onSubmit={submit} noValidate>
        <Stack>
          <Textarea
            className={classes.code}
            label={t('set.policyText')}
            description={t('set.policyTextHint')}
            value={text}
            onChange={event => edit(event.currentTarget.value)}
            rows={Math.min(24, Math.max(8, text.split('\n').length + 1))}
            spellCheck={false}
            autoCapitalize="none"
            error={tried && fault}
          />
          <FailureAlert error={error} />
          <Readings text={text} />
          <Group>
            <Button type="submit" loading={busy}>
              {t('ui.save')}
            </Button>
            <ExplainedButton
              variant="default"
              reason={kept ? '' : t('set.policyNoneYet')}
              onClick={() => setRemoving(true)}
            >
              {t('set.policyRemove')}
            </ExplainedButton>
          </Group>
        </Stack>
      </form>
      {removing && (
        <ConfirmDialog
          title={t('set.policyRemove')}
          confirm={t('ui.delete')}
          danger
          onConfirm={async () => {
            if (await save(() => deletePolicy(bucket), t('set.policyRemoved'))) setText('');
          }}
          onClose={() => setRemoving(false)}
        >
          <Text size="sm">{t('set.policyRemoveText')}</Text>
        </ConfirmDialog>
      )}
    </Stack>
  );
}

function pretty(text: string): string {
  try {
    return text ? JSON.stringify(JSON.parse(text), null, 2) : '';
  } catch {
    return text;
  }
}

interface ChoiceProps {
  bucket: string;
  onInsert: (statement: ReturnType<typeof statementOf>) => void;
}

/** Common wishes in plain words, each of which becomes a statement. */
function TemplateChoice({ bucket, onInsert }: ChoiceProps) {
  const t = useT();
  const [template, setTemplate] = useState<Template>('publicRead');
  const [given, setGiven] = useState('');
  const need = needs(template);
  return (
    <div>
      <div className={classes.choice}>
        <NativeSelect
          label={t('set.template')}
          value={template}
          onChange={event => {
            setTemplate(event.currentTarget.value as Template);
            setGiven('');
          }}
          data={templates.map(one => ({ value: one, label: t(`set.template.${one}`) }))}
        />
        {need && (
          <TextInput
            label={need === 'user' ? t('set.templateUser') : t('set.templateAddresses')}
            placeholder={need === 'user' ? '31000000:…' : '192.0.2.0/24, 2001:db8::/32'}
            value={given}
            onChange={event => setGiven(event.currentTarget.value)}
            spellCheck={false}
          />
        )}
        <ExplainedButton
          variant="light"
          reason={need && given.trim() === '' ? t('set.templateNeeds') : ''}
          onClick={() => onInsert(statementOf(template, bucket, given))}
        >
          {t('set.templateInsert')}
        </ExplainedButton>
      </div>
      {template === 'publicRead' && (
        <Alert color="brass" mt="sm" role="note">
          {t('set.templatePublic')}
        </Alert>
      )}
    </div>
  );
}

/** The policy statement by statement, as it stands in the editor. */
function Readings({ text }: { text: string }) {
  const t = useT();
  const list = readings(text);
  if (list.length === 0) return null;
  return (
    <section aria-label={t('set.policyMeans')}>
      <Title order={3} mb="xs">
        {t('set.policyMeans')}
      </Title>
      <ul className={classes.statements}>
        {list.map((one, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: statements have no other identity than their place
          <li key={index} data-deny={one.deny || undefined}>
            <strong>{one.deny ? t('set.denies') : t('set.allows')}</strong> {one.who?.join(', ') ?? t('set.everybody')}
            {': '}
            {one.actions.join(', ')} {t('set.on')} {one.resources.join(', ')}
            {one.conditions.length > 0 && ` (${t('set.if')} ${one.conditions.join('; ')})`}
          </li>
        ))}
      </ul>
    </section>
  );
}
