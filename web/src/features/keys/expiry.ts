import { queryOptions } from '@tanstack/react-query';
import { body, consoleApi } from '../../api/client.ts';
import type { ContractSettings } from '../../api/types.ts';

export const contractQuery = queryOptions({
  queryKey: ['contract'],
  queryFn: (): Promise<ContractSettings> => body(consoleApi.GET('/console/contract')),
});

/** How long a key is valid: a number of days, as long as the contract lets it, or for ever. */
export type Term = `${number}` | 'most' | 'never';

/** Days that are offered, where the contract allows them. */
export const offered = [30, 90, 365];

/** Returns the terms that a contract with a maximum of days allows; 0 is no maximum. */
export function termsOf(maxDays: number): Term[] {
  const days = offered.filter(one => maxDays === 0 || one < maxDays).map(one => `${one}` as Term);
  return [...days, ...(maxDays === 0 ? (['never'] as const) : (['most'] as const))];
}

/** The term that is chosen first: a year, or the most there is. Never is for whoever wants it. */
export function firstTerm(maxDays: number): Term {
  return maxDays === 0 || maxDays > 365 ? '365' : 'most';
}

/** Returns what the API is told; nothing where the server takes its maximum. */
export function expiresOf(term: Term, now: number): string | undefined {
  if (term === 'most') return undefined;
  if (term === 'never') return 'never';
  return `${new Date(now + Number(term) * 86_400_000).toISOString().slice(0, 19)}Z`;
}
