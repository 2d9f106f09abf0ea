import { queryOptions } from '@tanstack/react-query';
import * as s3 from '../../s3/settings.ts';

/** The settings of a bucket, each read by itself: what one may not see does not hide the rest. */
export const versioningQuery = (bucket: string) =>
  queryOptions({
    queryKey: ['settings', bucket, 'versioning'],
    queryFn: ({ signal }) => s3.getVersioning(bucket, signal),
  });

export const lockQuery = (bucket: string) =>
  queryOptions({ queryKey: ['settings', bucket, 'lock'], queryFn: ({ signal }) => s3.getLock(bucket, signal) });

export const publicBlockQuery = (bucket: string) =>
  queryOptions({
    queryKey: ['settings', bucket, 'publicBlock'],
    queryFn: ({ signal }) => s3.getPublicBlock(bucket, signal),
  });

export const policyQuery = (bucket: string) =>
  queryOptions({
    queryKey: ['settings', bucket, 'policy'],
    queryFn: async ({ signal }) => {
      const [text, open] = await Promise.all([s3.getPolicy(bucket, signal), s3.getPolicyStatus(bucket, signal)]);
      return { text, open };
    },
  });

export const corsQuery = (bucket: string) =>
  queryOptions({ queryKey: ['settings', bucket, 'cors'], queryFn: ({ signal }) => s3.getCors(bucket, signal) });

export const tagsQuery = (bucket: string, key?: string) =>
  queryOptions({
    queryKey: key === undefined ? ['settings', bucket, 'tags'] : ['objects', bucket, 'tags', key],
    queryFn: ({ signal }) => s3.getTags(bucket, key, signal),
  });
