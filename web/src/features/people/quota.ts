import { queryOptions } from '@tanstack/react-query';
import { body, consoleApi } from '../../api/client.ts';
import type { QuotaLimits } from '../../api/types.ts';

/** What a quota is of: a bucket, all user-owned buckets of a user, or a contract, which the operator names. */
export type QuotaOf = { bucket: string } | { userId: string } | { contract: number };

/** Says to the server which quota is meant. */
const named = (of: QuotaOf) => ('contract' in of ? { header: { 'X-Contract-Number': of.contract } } : { query: of });

export const quotaQuery = (of: QuotaOf) =>
  queryOptions({
    queryKey: ['quota', of],
    queryFn: () => body(consoleApi.GET('/console/quota', { params: named(of) })),
  });

export const setQuota = (of: QuotaOf, limits: QuotaLimits) =>
  body(consoleApi.PUT('/console/quota', { params: named(of), body: limits }));

/** The units in which a size can be typed, in bytes. */
export const sizeUnits = { B: 1, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;
export type SizeUnit = keyof typeof sizeUnits;

/** Returns a size in the largest unit in which it is a whole number; empty and in GiB where there is none. */
export function sizeParts(bytes: number | undefined): { amount: string; unit: SizeUnit } {
  if (!bytes) return { amount: '', unit: 'GiB' };
  const unit = (['TiB', 'GiB', 'MiB'] as const).find(one => bytes % sizeUnits[one] === 0) ?? 'B';
  return { amount: String(bytes / sizeUnits[unit]), unit };
}

/** Reads a limit as typed: undefined where nothing was, null where it is no number above 0 or one too large to be exact. */
export function readLimit(typed: string, factor: number): number | undefined | null {
  const text = typed.trim().replace(',', '.');
  if (!text) return undefined;
  if (!/^\d{1,16}(\.\d{1,6})?$/.test(text)) return null;
  const value = Number(text) * factor;
  if (factor === 1 && !Number.isInteger(value)) return null;
  const whole = Math.round(value);
  return whole > 0 && Number.isSafeInteger(whole) ? whole : null;
}
