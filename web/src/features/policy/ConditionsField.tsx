import { ActionIcon, Button, NativeSelect, Text, Textarea, TextInput, Tooltip } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useId } from 'react';
import type { Condition } from './model.ts';
import { usePolicyWords } from './people.ts';
import classes from './policy.module.css';
import { Faults } from './StatementEditor.tsx';
import { type ConditionKind, conditionKinds, kindOf } from './sentence.ts';

/** A condition while it is edited. Its kind is kept, so that typing a key does not change the fields under the hands. */
export interface Row {
  id: number;
  kind: ConditionKind;
  operator: string;
  key: string;
  /** Its values, one a line. */
  text: string;
}

const kinds: readonly ConditionKind[] = [
  'https',
  'http',
  'ip',
  'notIp',
  'prefix',
  'agent',
  'referer',
  'after',
  'before',
  'other',
];

const numeric = ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'];
const textual = ['Equals', 'NotEquals', 'EqualsIgnoreCase', 'NotEqualsIgnoreCase', 'Like', 'NotLike'];
const operators = [
  ...textual.map(rest => `String${rest}`),
  ...numeric.map(rest => `Numeric${rest}`),
  ...numeric.map(rest => `Date${rest}`),
  ...['Equals', 'NotEquals', 'Like', 'NotLike'].map(rest => `Arn${rest}`),
  ...['Bool', 'BinaryEquals', 'IpAddress', 'NotIpAddress', 'Null'],
];
const keys = [
  'aws:username',
  'aws:userid',
  'aws:PrincipalArn',
  'aws:PrincipalAccount',
  'aws:PrincipalType',
  'aws:EpochTime',
  's3:authType',
  's3:signatureversion',
  's3:signatureAge',
  's3:TlsVersion',
  's3:delimiter',
  's3:max-keys',
  's3:versionid',
  's3:x-amz-acl',
  's3:x-amz-server-side-encryption',
  's3:x-amz-storage-class',
  's3:ExistingObjectTag/',
  's3:RequestObjectTag/',
  's3:object-lock-mode',
  's3:object-lock-remaining-retention-days',
];

export function rowsOf(conditions: Condition[]): Row[] {
  return conditions.map((one, id) => ({
    id,
    kind: kindOf(one),
    operator: one.operator,
    key: one.key,
    // An empty value comes first: empty lines at the end are those that somebody left behind.
    text: one.values.toSorted((a, b) => Number(a !== '') - Number(b !== '')).join('\n'),
  }));
}

/** Returns the condition that a row says. */
export function conditionOf({ operator, key, text }: Row): Condition {
  if (/Address|Date/.test(operator)) {
    const lines = text.split('\n').map(line => line.trim());
    return { operator, key, values: lines.filter(line => line !== '') };
  }
  return { operator, key, values: text.replace(/([^\n])\n+$/, '$1').split('\n') };
}

interface Props {
  rows: Row[];
  change: (rows: Row[]) => void;
  faults: string[];
}

/** When a statement holds. */
export function ConditionsField({ rows, change, faults }: Props) {
  const t = usePolicyWords();
  const add = () => change([...rows, withKind({ id: Math.max(0, ...rows.map(row => row.id)) + 1, text: '' }, 'https')]);
  return (
    <fieldset className={classes.part}>
      <legend>{t('policy.conditions')}</legend>
      <Text size="sm" c="dimmed">
        {t('policy.conditionsHint')}
      </Text>
      {rows.map((row, index) => (
        <ConditionRow
          key={row.id}
          row={row}
          n={index + 1}
          change={next => change(rows.with(index, next))}
          remove={() => change(rows.filter(one => one !== row))}
        />
      ))}
      <div>
        <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={16} aria-hidden />} onClick={add}>
          {t('policy.conditionAdd')}
        </Button>
      </div>
      <Faults faults={faults} />
    </fieldset>
  );
}

function withKind({ id, ...row }: Pick<Row, 'id' | 'text'>, kind: ConditionKind): Row {
  const text = row.text === 'true' || row.text === 'false' ? '' : row.text;
  if (kind === 'other') return { id, kind, operator: 'StringEquals', key: '', text };
  const made = conditionKinds[kind];
  return { id, kind, operator: made.operator, key: made.key, text: 'value' in made ? made.value : text };
}

interface RowProps {
  row: Row;
  n: number;
  change: (row: Row) => void;
  remove: () => void;
}

function ConditionRow({ row, n, change, remove }: RowProps) {
  const t = usePolicyWords();
  return (
    <div className={classes.condition}>
      <NativeSelect
        label={t('policy.condition', { n })}
        value={row.kind}
        onChange={event => change(withKind(row, event.currentTarget.value as ConditionKind))}
        data={kinds.map(kind => ({ value: kind, label: t(`policy.conditionKind.${kind}`) }))}
      />
      <Values row={row} n={n} change={text => change({ ...row, ...text })} />
      <Tooltip label={t('policy.conditionRemove', { n })}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t('policy.conditionRemove', { n })}
          onClick={remove}
        >
          <IconTrash size={18} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}

const minute = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:00)?Z$/;

function Values({ row, n, change }: Omit<RowProps, 'remove' | 'change'> & { change: (part: Partial<Row>) => void }) {
  const t = usePolicyWords();
  const id = useId();
  const { kind, text } = row;
  if (kind === 'https' || kind === 'http') return <span />;
  const many = (
    <Textarea
      label={t(kind === 'after' || kind === 'before' ? 'policy.values.other' : `policy.values.${kind}`, { n })}
      description={t('policy.valuesHint')}
      placeholder={kind === 'ip' || kind === 'notIp' ? '192.0.2.0/24' : undefined}
      value={text}
      rows={Math.min(6, Math.max(2, text.split('\n').length))}
      spellCheck={false}
      autoCapitalize="none"
      onChange={event => change({ text: event.currentTarget.value })}
    />
  );
  if (kind === 'after' || kind === 'before') {
    const exact = text === '' || minute.test(text);
    return (
      <TextInput
        type={exact ? 'datetime-local' : 'text'}
        label={t(`policy.values.${kind}`, { n })}
        value={exact ? text.slice(0, 16) : text}
        onChange={event => {
          const { value } = event.currentTarget;
          change({ text: exact && value ? `${value.slice(0, 16)}:00Z` : value });
        }}
      />
    );
  }
  if (kind !== 'other') return many;
  return (
    <div className={classes.pair}>
      <TextInput
        label={t('policy.key', { n })}
        value={row.key}
        list={`${id}-keys`}
        spellCheck={false}
        autoCapitalize="none"
        onChange={event => change({ key: event.currentTarget.value })}
      />
      <TextInput
        label={t('policy.operator', { n })}
        value={row.operator}
        list={`${id}-operators`}
        spellCheck={false}
        autoCapitalize="none"
        onChange={event => change({ operator: event.currentTarget.value })}
      />
      <datalist id={`${id}-keys`}>
        {keys.map(key => (
          <option key={key} value={key} />
        ))}
      </datalist>
      <datalist id={`${id}-operators`}>
        {operators.map(operator => (
          <option key={operator} value={operator} />
        ))}
      </datalist>
      {many}
    </div>
  );
}
