/** A statement of a policy as a plain sentence. */

import type { policy } from '../../i18n/en/policy.ts';
import type { Translator } from '../../i18n/index.tsx';
import { actionGroups, inGroups } from './actions.ts';
import { type Condition, type Model, type Place, type Principal, reach, type Statement } from './model.ts';

export type PolicyWords = Translator<typeof policy>;

/** What sentences are made with. */
export interface Speaker {
  t: PolicyWords;
  /** Joins by "and". */
  and: (list: string[]) => string;
  /** Joins by "or". */
  or: (list: string[]) => string;
  dateTime: (value: string) => string;
  /** The name of somebody whom the policy names. */
  name: (who: Principal) => string;
}

/** The conditions that people choose by a plain word, each with how the policy writes it. */
export const conditionKinds = {
  ip: { operator: 'IpAddress', key: 'aws:SourceIp' },
  notIp: { operator: 'NotIpAddress', key: 'aws:SourceIp' },
  https: { operator: 'Bool', key: 'aws:SecureTransport', value: 'true' },
  http: { operator: 'Bool', key: 'aws:SecureTransport', value: 'false' },
  prefix: { operator: 'StringLike', key: 's3:prefix' },
  agent: { operator: 'StringLike', key: 'aws:UserAgent' },
  referer: { operator: 'StringLike', key: 'aws:Referer' },
  after: { operator: 'DateGreaterThan', key: 'aws:CurrentTime' },
  before: { operator: 'DateLessThan', key: 'aws:CurrentTime' },
} as const;
export type ConditionKind = keyof typeof conditionKinds | 'other';

/** Returns the plain word for a condition; `other` where there is none. */
export function kindOf({ operator, key, values }: Condition): ConditionKind {
  const loose = operator.replace(/^(Date(?:Greater|Less)Than)Equals$/, '$1');
  for (const [kind, made] of Object.entries(conditionKinds)) {
    if (made.operator !== loose || made.key.toLowerCase() !== key.toLowerCase()) continue;
    if ('value' in made && (values.length !== 1 || values[0]?.toLowerCase() !== made.value)) continue;
    if (made.operator.startsWith('Date') && values.length > 1) continue;
    return kind as ConditionKind;
  }
  return 'other';
}

/** Returns what a statement says. */
export function sentenceOf({ model, not }: Statement, say: Speaker): string {
  const { t } = say;
  const values = {
    who: whoSays(model, not.who, say),
    what: whatSays(model, not.actions, say),
    where: whereSays(model, not, say),
    only: onlySays(model, say),
    count: model.everyone || not.who || model.who.length > 1 ? 2 : 1,
  };
  if (model.allow) return t('say.allow', values);
  return model.everyone && !not.who ? t('say.denyAll', values) : t('say.deny', values);
}

function whoSays(model: Model, not: boolean, { t, and, name }: Speaker): string {
  const names = model.who.map(name);
  if (model.everyone && !not) return t('say.everyone');
  const who = names.length > 0 ? and(names) : t('say.noone');
  return not ? t('say.everyoneBut', { who }) : who;
}

function whatSays(model: Model, not: boolean, say: Speaker): string {
  const { t, and, or } = say;
  const { groups, rest, everything } = inGroups(model.actions);
  if (everything && !not) return model.allow ? t('say.everything') : t('say.anything');
  const parts = actionGroups
    .filter(({ id }) => groups.includes(id))
    .map(({ id }) => (id === 'other' ? '' : t(`say.${id}`)));
  if (rest.length > 0) parts.push(t('say.use', { names: and(rest) }));
  const join = model.allow && !not ? and : or;
  const what = everything ? t('say.everything') : parts.length > 0 ? join(parts) : t('say.nothing');
  if (!not) return what;
  return model.allow ? t('say.everythingBut', { what }) : t('say.anythingBut', { what });
}

function whereSays(model: Model, not: Statement['not'], { t, and }: Speaker): string {
  const { files } = reach(model.actions);
  if (not.places) return t('say.but', { places: and(model.places.map(rawPlace)) });
  if (model.places.length === 0 || (!files && !not.actions && model.places.every(place => place.kind !== 'other')))
    return '';
  if (model.places.some(place => place.kind === 'all' || place.text === '*')) return t('say.whole');
  const named = (kind: Place['kind'], fits: (text: string) => boolean = () => true) =>
    model.places.flatMap(place =>
      place.kind === kind && place.kind !== 'all' && fits(place.text) ? [place.text] : [],
    );
  const folder = (text: string) => text.endsWith('/');
  const parts = [
    { names: named('folder', folder), key: 'say.under' },
    { names: named('folder', text => !folder(text)), key: 'say.beginning' },
    { names: named('file'), key: 'say.file' },
    { names: named('other'), key: 'say.other' },
  ] as const;
  const places = parts.filter(({ names }) => names.length > 0).map(({ names, key }) => t(key, { names: and(names) }));
  return t('say.at', { places: and(places) });
}

const rawPlace = (place: Place) => (place.kind === 'all' ? '*' : place.text.replace(/^arn:aws:s3:::/, ''));

function onlySays(model: Model, say: Speaker): string {
  if (model.conditions.length === 0) return '';
  const conditions = say.and(model.conditions.map(one => conditionSays(one, say)));
  return model.allow ? say.t('say.only', { conditions }) : say.t('say.when', { conditions });
}

function conditionSays(condition: Condition, { t, or, dateTime }: Speaker): string {
  const { operator, key, values } = condition;
  const kind = kindOf(condition);
  switch (kind) {
    case 'https':
    case 'http':
      return t(`say.if.${kind}`);
    case 'after':
    case 'before': {
      const [value = ''] = values;
      const shown = /^\d{5,}$/.test(value) ? new Date(Number(value) * 1000).toISOString() : value;
      return t(`say.if.${kind}`, { values: Number.isNaN(Date.parse(shown)) ? value : dateTime(shown) });
    }
    case 'prefix':
      return t('say.if.prefix', { values: or(values.map(value => value.replace(/\*$/, ''))) });
    case 'other':
      return t('say.if.other', { key, operator, values: or(values) });
    default:
      return t(`say.if.${kind}`, { values: or(values) });
  }
}
