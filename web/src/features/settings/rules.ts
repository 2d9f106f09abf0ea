import { queryOptions } from '@tanstack/react-query';
import * as s3 from '../../s3/rules.ts';

/** The settings of a bucket that are about later, each read by itself. */
export const encryptionQuery = (bucket: string) =>
  queryOptions({
    queryKey: ['settings', bucket, 'encryption'],
    queryFn: ({ signal }) => s3.getEncryption(bucket, signal),
  });

export const ownershipQuery = (bucket: string) =>
  queryOptions({
    queryKey: ['settings', bucket, 'ownership'],
    queryFn: async ({ signal }) => {
      const [ownership, acl] = await Promise.all([s3.getOwnership(bucket, signal), s3.getAcl(bucket, signal)]);
      return { ownership, acl };
    },
  });

export const lifecycleQuery = (bucket: string) =>
  queryOptions({
    queryKey: ['settings', bucket, 'lifecycle'],
    queryFn: ({ signal }) => s3.getLifecycle(bucket, signal),
  });

export const reportQuery = (bucket: string) =>
  queryOptions({
    queryKey: ['settings', bucket, 'report'],
    retry: false,
    queryFn: ({ signal }) => s3.getLifecycleReport(bucket, signal),
  });

/** What rules would do if they were kept now. Rules are told apart by how they are written. */
export const forecastQuery = (bucket: string, rules: s3.LifecycleRule[]) =>
  queryOptions({
    queryKey: ['settings', bucket, 'forecast', s3.lifecycleXml(rules)],
    gcTime: 60_000,
    retry: false,
    queryFn: ({ signal }) => s3.forecastLifecycle(bucket, rules, signal),
  });

/** How much a rule deletes. */
export const deletes = (report: s3.RuleReport): number =>
  report.expired + report.removedVersions + report.removedMarkers + report.abortedUploads;

export const websiteQuery = (bucket: string) =>
  queryOptions({ queryKey: ['settings', bucket, 'website'], queryFn: ({ signal }) => s3.getWebsite(bucket, signal) });

export const loggingQuery = (bucket: string) =>
  queryOptions({ queryKey: ['settings', bucket, 'logging'], queryFn: ({ signal }) => s3.getLogging(bucket, signal) });

export type RuleFault = 'nothing' | 'days' | 'keep' | 'twice' | 'both' | 'tags' | 'sizes' | 'filtered';

const count = /^[1-9]\d{0,6}$/;

/** Says what stands against saving a rule, given the ids of all. */
export function ruleFault(rule: s3.LifecycleRule, ids: readonly string[]): RuleFault | undefined {
  if (rule.raw) return undefined;
  const days = [rule.expireDays, rule.noncurrentDays, rule.abortDays].filter(Boolean);
  if (days.some(one => !count.test(one))) return 'days';
  if (rule.keepNewest && (!/^[1-9]\d?$|^100$/.test(rule.keepNewest) || !rule.noncurrentDays)) return 'keep';
  if (rule.expireDays && rule.expireOn) return 'both';
  const fault = filterFault(rule);
  if (fault) return fault;
  if (days.length === 0 && !rule.markers && !rule.expireOn) return 'nothing';
  return rule.id && ids.filter(one => one === rule.id).length > 1 ? 'twice' : undefined;
}

function filterFault({ tags, larger, smaller, abortDays, markers, expireDays, expireOn }: s3.LifecycleRule) {
  const all = s3.tagLines(tags);
  const keys = all.map(({ key }) => key);
  if (all.length > 10 || new Set(keys).size < keys.length || keys.some(key => !key || /^aws:/i.test(key)))
    return 'tags';
  const sizes = [larger, smaller].filter(Boolean);
  if (sizes.some(size => !/^\d{1,14}$/.test(size)) || (sizes.length === 2 && Number(larger) >= Number(smaller)))
    return 'sizes';
  const filtered = all.length > 0 || sizes.length > 0;
  return filtered && (abortDays || (markers && !expireDays && !expireOn)) ? 'filtered' : undefined;
}
