import { Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { type Translate, useT } from '../../i18n/index.tsx';
import { mostRedirects, protocols, type RedirectRule, redirectCodes } from '../../s3/rules.ts';
import classes from './settings.module.css';

export type RedirectFault = 'nowhere' | 'error' | 'host';

/** Says what stands against a rule of redirection. */
export function redirectFault({ error, host, protocol, key }: RedirectRule): RedirectFault | undefined {
  if (error && !/^(4(0\d|1[0-7])|50[0-5])$/.test(error)) return 'error';
  if (/[^!-~]|[/\\?#@"<>]/.test(host)) return 'host';
  return host || protocol || key !== 'same' ? undefined : 'nowhere';
}

const fresh: RedirectRule = { prefix: '', error: '', host: '', protocol: '', key: 'same', to: '', code: '' };

interface Props {
  rules: RedirectRule[];
  /** Whether somebody tried to save: faults are told then. */
  tried: boolean;
  change: (rules: RedirectRule[]) => void;
}

/** Where a website sends visitors instead: the first rule that fits counts. */
export function RedirectRules({ rules, tried, change }: Props) {
  const t = useT();
  const last = useRef(rules.length);
  const [ids, setIds] = useState(() => rules.map((_, at) => at));
  return (
    <Stack>
      <Text fw={600}>{t('rule.redirects')}</Text>
      <Text size="sm" c="dimmed">
        {t(rules.length > 0 ? 'rule.redirectsHint' : 'rule.redirectsNone')}
      </Text>
      {rules.map((rule, at) => (
        <OneRule
          key={ids[at]}
          rule={rule}
          n={at + 1}
          tried={tried}
          change={part => change(rules.with(at, { ...rule, ...part }))}
          remove={() => {
            setIds(ids.toSpliced(at, 1));
            change(rules.toSpliced(at, 1));
          }}
        />
      ))}
      {rules.length < mostRedirects && (
        <Group>
          <Button
            variant="default"
            leftSection={<IconPlus size={18} aria-hidden />}
            onClick={() => {
              setIds([...ids, last.current++]);
              change([...rules, fresh]);
            }}
          >
            {t('rule.redirectAdd')}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

interface RuleProps {
  rule: RedirectRule;
  n: number;
  tried: boolean;
  change: (part: Partial<RedirectRule>) => void;
  remove: () => void;
}

function OneRule({ rule, n, tried, change, remove }: RuleProps) {
  const t = useT();
  const fault = tried ? redirectFault(rule) : undefined;
  const field = (name: 'prefix' | 'error' | 'host' | 'to', label: string, placeholder: string) => (
    <TextInput
      label={label}
      value={rule[name]}
      placeholder={placeholder}
      maxLength={name === 'host' ? 255 : 1024}
      spellCheck={false}
      autoCapitalize="none"
      error={fault !== undefined && fault === name && t(`rule.redirectFault.${fault}`)}
      onChange={event => change({ [name]: event.currentTarget.value })}
    />
  );
  const codes = ['', ...redirectCodes, ...(isCode(rule.code) ? [] : [rule.code])];
  return (
    <fieldset className={classes.rule}>
      <legend>{t('rule.redirectNumber', { n })}</legend>
      <Stack>
        <Text size="sm" fw={550}>
          {redirectSays(t, rule)}
        </Text>
        <div className={`${classes.columns} ${classes.bottom}`}>
          {field('prefix', t('rule.redirectPrefix'), 'old/')}
          {field('error', t('rule.redirectError'), '404')}
          {field('host', t('rule.redirectHost'), 'www.example.org')}
          <NativeSelect
            label={t('rule.redirectProtocol')}
            value={rule.protocol}
            onChange={event => change({ protocol: event.currentTarget.value as RedirectRule['protocol'] })}
            data={protocols.map(value => ({ value, label: value || t('rule.redirectAsAsked') }))}
          />
          <NativeSelect
            label={t('rule.redirectKey')}
            value={rule.key}
            onChange={event => change({ key: event.currentTarget.value as RedirectRule['key'] })}
            data={(['same', 'prefix', 'whole'] as const).map(value => ({
              value,
              label: t(`rule.redirectKey.${value}`),
            }))}
          />
          {rule.key !== 'same' &&
            field('to', t(`rule.redirectTo.${rule.key}`), rule.key === 'whole' ? 'gone.html' : 'new/')}
          <NativeSelect
            label={t('rule.redirectCode')}
            value={rule.code}
            onChange={event => change({ code: event.currentTarget.value })}
            data={codes.map(value => ({ value, label: value || t('rule.redirectCodeAny') }))}
          />
        </div>
        {fault === 'nowhere' && (
          <Text size="sm" c="var(--mantine-color-error)" role="alert">
            {t('rule.redirectFault.nowhere')}
          </Text>
        )}
        <Group>
          <Button variant="default" size="compact-sm" onClick={remove}>
            {t('rule.delete', { n })}
          </Button>
        </Group>
      </Stack>
    </fieldset>
  );
}

const isCode = (code: string) => code === '' || redirectCodes.some(one => one === code);

/** Says in plain words what a rule does. */
export function redirectSays(t: Translate, { prefix, error, host, protocol, key, to }: RedirectRule): string {
  const what = prefix ? t('rule.redirectSays.prefix', { prefix }) : t('rule.redirectSays.all');
  const when = error ? t('rule.redirectSays.error', { error }) : '';
  const site = `${protocol ? `${protocol}://` : ''}${host || (protocol ? '…' : '')}`;
  const path = key === 'whole' ? `/${to}` : key === 'prefix' ? `/${to}…` : `/${prefix}…`;
  return t('rule.redirectSays', { what, when, where: `${site}${path}` });
}
