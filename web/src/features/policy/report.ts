/** What the server says of a draft: whether it takes it, and what it would mean. */
import { useDebouncedValue } from '@mantine/hooks';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { reportPolicy } from '../../s3/settings.ts';
import type { PolicyChange, PolicyChanges, PolicyFault, PolicyReport } from '../../s3/types.ts';
import { policyQuery } from '../settings/settings.ts';
import { actionGroups, inGroups, properAction } from './actions.ts';
import { jsonFault, statementsOf } from './document.ts';
import type { PolicyWords, Speaker } from './sentence.ts';

export const reportQuery = (bucket: string, draft: string) =>
  queryOptions({
    queryKey: [...policyQuery(bucket).queryKey, 'report', draft],
    queryFn: ({ signal }) => reportPolicy(bucket, draft, signal),
    gcTime: 60_000,
  });

/** How long nobody types before the server is asked, in milliseconds. */
const pause = 500;

interface Judged {
  /** The report on this very draft; null before it is there, and for what is no JSON or has no statement. */
  report: PolicyReport | null;
  error: Error | null;
  asking: boolean;
}

/** Has the server judge a draft whenever it rests. */
export function useReport(bucket: string, draft: string): Judged {
  const [resting] = useDebouncedValue(draft, pause);
  const enabled = jsonFault(draft) === null && statementsOf(draft)?.length !== 0;
  const { data, error, isFetching } = useQuery({
    ...reportQuery(bucket, resting),
    enabled: enabled && jsonFault(resting) === null,
  });
  if (!enabled) return { report: null, error: null, asking: false };
  const fresh = resting === draft && !isFetching;
  return { report: fresh ? (data ?? null) : null, error: fresh ? error : null, asking: !fresh };
}

/** Whether the server would take the draft. */
export const isTaken = ({ valid, refusedByPublicAccessBlock }: PolicyReport): boolean =>
  valid && !refusedByPublicAccessBlock;

/** Whether a draft that could be saved deserves a question: it opens the bucket to everybody, takes something from its author, or nobody knows. */
export function isGrave({ public: open, you, everybody, complete }: PolicyReport): boolean {
  return you.loses.length > 0 || (open && everybody.gains.length > 0) || !complete;
}

const quoted = /^(?:Invalid effect:|Missing required field|Unknown field|Invalid Condition type :|The value) ?(\S+)/;

/** Returns a fault in the words of the chosen language; one that has none here, in the server's. */
export function faultSays(t: PolicyWords, { message, detail = '' }: PolicyFault, bucket: string): string {
  const value = detail || (quoted.exec(message)?.[1] ?? '');
  const starts = (text: string) => message.startsWith(text);
  if (starts('Invalid principal') && value) return t('policy.told.principal', { value });
  if (starts('Policy has invalid action') && value) return t('policy.fault.badAction', { value });
  if (starts('Policy has invalid resource') && value) return t('policy.fault.otherBucket', { value, bucket });
  if (starts('Action does not apply')) return t('policy.told.reach', { bucket });
  if (starts('Conditions do not apply')) return t('policy.told.conditions');
  if (starts('Invalid Condition type')) return t('policy.told.operator', { value });
  if (starts('Policy has an invalid condition key')) return t('policy.told.key', { value });
  if (starts('Invalid IP address') && value) return t('policy.fault.badAddress', { value });
  if (starts('Invalid effect')) return t('policy.told.effect', { value });
  if (starts('Missing required field')) return t('policy.told.missing', { value });
  if (starts('Unknown field')) return t('policy.told.field', { value });
  if (starts('Statement IDs')) return t('policy.fault.sid');
  return detail ? `${message}: ${detail}` : message;
}

/** Actions that no plain word covers, of which so many are named one by one. */
const named = 4;

/** Returns changes in plain words, a line for each place: "read files in open/*". */
export function changesSay(changes: readonly PolicyChange[], places: readonly string[], say: Speaker): string[] {
  const { t, and } = say;
  const whereOf = new Map(changes.map(({ action, where = [] }) => [properAction(action), where]));
  const { groups, rest } = inGroups([...whereOf.keys()]);
  const lines = new Map<string, string[]>();
  const add = (word: string, where: readonly string[]) => {
    const line = placeSays(where, places, say);
    lines.set(line, [...(lines.get(line) ?? []), word]);
  };
  const held = actionGroups.filter(({ id }) => groups.includes(id));
  for (const { id, signs } of held) if (id !== 'other') add(t(`say.${id}`), whereOf.get(signs[0] ?? '') ?? []);
  const covered = new Set(held.flatMap(({ more }) => more));
  const others = rest.filter(name => !covered.has(name));
  if (others.length <= named) for (const name of others) add(t('say.use', { names: name }), whereOf.get(name) ?? []);
  const all = [...lines].map(([where, words]) => `${and(words)}${where}`);
  return others.length > named ? [...all, t('policy.told.more', { count: others.length })] : all;
}

function placeSays(where: readonly string[], places: readonly string[], { t, and }: Speaker): string {
  if (where.length === 0) return '';
  const missing = places.filter(one => !where.includes(one));
  if (missing.length === 0) return t('say.whole');
  if (where.includes('*')) return t('say.but', { places: and(missing) });
  return t('say.in', { places: and([...where]) });
}

/** Returns the statements of a report's faults, each with what is wrong; under 0 what concerns the whole. */
export function faultsByStatement(report: PolicyReport | null): Map<number, PolicyFault[]> {
  const all = new Map<number, PolicyFault[]>();
  for (const fault of report?.faults ?? []) {
    const at = fault.statement ?? 0;
    all.set(at, [...(all.get(at) ?? []), fault]);
  }
  return all;
}

/** Whether a change is to be told of. */
export const isAnything = ({ gains, loses }: PolicyChanges): boolean => gains.length + loses.length > 0;
