import { Button, Checkbox, Group, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { putCors } from '../../s3/settings.ts';
import type { CorsRule } from '../../s3/types.ts';
import { Section } from '../../ui/Section.tsx';
import { FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { LeaveGuard } from './LeaveGuard.tsx';
import classes from './settings.module.css';
import { corsQuery } from './settings.ts';
import { useSave } from './useSave.ts';

const methods = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'];

/** Which web pages of other origins may use the bucket from a browser. */
export function CorsSection({ bucket }: { bucket: string }) {
  const t = useT();
  const { data, error, refetch } = useQuery(corsQuery(bucket));
  return (
    <Section title={t('set.cors')} hint={t('set.corsHint')}>
      {error ? (
        <FailureState error={error} onRetry={refetch} deniedHint={t('set.denied')} />
      ) : !data ? (
        <Loading />
      ) : (
        <CorsForm bucket={bucket} kept={data} />
      )}
    </Section>
  );
}

interface Draft {
  number: number;
  origins: string;
  methods: string[];
  headers: string;
  expose: string;
  maxAge: string;
  id: string;
}

const split = (text: string) => text.split(/[\s,]+/).filter(Boolean);

function draft(rule: CorsRule, number: number): Draft {
  const lines = (values: string[]) => values.join('\n');
  return {
    number,
    origins: lines(rule.origins),
    methods: rule.methods,
    headers: lines(rule.headers),
    expose: lines(rule.expose),
    maxAge: rule.maxAge,
    id: rule.id,
  };
}

function rule({ origins, methods: chosen, headers, expose, maxAge, id }: Draft): CorsRule {
  return { origins: split(origins), methods: chosen, headers: split(headers), expose: split(expose), maxAge, id };
}

function CorsForm({ bucket, kept }: { bucket: string; kept: CorsRule[] }) {
  const t = useT();
  const last = useRef(kept.length);
  const [rules, setRules] = useState<Draft[]>(() => kept.map(draft));
  const [tried, setTried] = useState(false);
  const { save, busy, error } = useSave(corsQuery(bucket).queryKey);
  const change = (number: number, part: Partial<Draft>) =>
    setRules(rules.map(one => (one.number === number ? { ...one, ...part } : one)));
  const whole = rules.every(one => split(one.origins).length > 0 && one.methods.length > 0 && /^\d*$/.test(one.maxAge));

  async function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (whole) await save(() => putCors(bucket, rules.map(rule)), t('set.corsSaved'));
  }
  const add = () => {
    const fresh: CorsRule = {
      origins: ['*'],
      methods: ['GET', 'HEAD'],
      headers: ['*'],
      expose: ['ETag'],
      maxAge: '3600',
      id: '',
    };
    setRules([...rules, draft(fresh, last.current++)]);
  };

  return (
    <>
      <LeaveGuard unsaved={JSON.stringify(rules.map(rule)) !== JSON.stringify(kept)} />
      <form onSubmit={submit} noValidate>
        <Stack>
          {rules.length === 0 && (
            <Text size="sm" c="dimmed">
              {t('set.corsNone')}
            </Text>
          )}
          {rules.map((one, index) => (
            <RuleFields
              key={one.number}
              title={t('set.corsRule', { n: index + 1 })}
              draft={one}
              tried={tried}
              onChange={part => change(one.number, part)}
              onRemove={() => setRules(rules.filter(other => other !== one))}
            />
          ))}
          <FailureAlert error={error} />
          <Group>
            <Button type="submit" loading={busy}>
              {t('ui.save')}
            </Button>
            <Button variant="default" leftSection={<IconPlus size={18} aria-hidden />} onClick={add}>
              {t('set.corsAdd')}
            </Button>
          </Group>
        </Stack>
      </form>
    </>
  );
}

interface RuleProps {
  title: string;
  draft: Draft;
  tried: boolean;
  onChange: (part: Partial<Draft>) => void;
  onRemove: () => void;
}

function RuleFields({ title, draft: one, tried, onChange, onRemove }: RuleProps) {
  const t = useT();
  return (
    <section className={classes.rule} aria-label={title}>
      <Group justify="space-between" mb="sm">
        <Title order={3}>{title}</Title>
        <Button variant="default" size="compact-sm" onClick={onRemove}>
          {t('ui.delete')}
          <span className="coffer-offscreen"> {title}</span>
        </Button>
      </Group>
      <div className={classes.columns}>
        <Textarea
          label={t('set.corsOrigins')}
          description={t('set.corsOriginsHint')}
          value={one.origins}
          rows={3}
          spellCheck={false}
          onChange={event => onChange({ origins: event.currentTarget.value })}
          error={tried && split(one.origins).length === 0 && t('set.corsOriginsMissing')}
        />
        <Checkbox.Group
          label={t('set.corsMethods')}
          value={one.methods}
          onChange={chosen => onChange({ methods: chosen })}
          error={tried && one.methods.length === 0 && t('set.corsMethodsMissing')}
        >
          <Group gap="sm" mt="xs">
            {methods.map(method => (
              <Checkbox key={method} value={method} label={method} />
            ))}
          </Group>
        </Checkbox.Group>
        <Textarea
          label={t('set.corsHeaders')}
          description={t('set.corsHeadersHint')}
          value={one.headers}
          rows={2}
          spellCheck={false}
          onChange={event => onChange({ headers: event.currentTarget.value })}
        />
        <Textarea
          label={t('set.corsExpose')}
          description={t('set.corsExposeHint')}
          value={one.expose}
          rows={2}
          spellCheck={false}
          onChange={event => onChange({ expose: event.currentTarget.value })}
        />
        <TextInput
          label={t('set.corsAge')}
          inputMode="numeric"
          value={one.maxAge}
          onChange={event => onChange({ maxAge: event.currentTarget.value.trim() })}
          error={tried && !/^\d*$/.test(one.maxAge) && t('set.corsAgeWrong')}
        />
      </div>
    </section>
  );
}
