import { queryOptions } from '@tanstack/react-query';
import type { Ownership, Region, Session } from '../../api/types.ts';
import type { Owned } from '../../routes/paths.ts';
import { listBuckets } from '../../s3/client.ts';
import type { Bucket } from '../../s3/types.ts';

export const bucketsQuery = queryOptions({
  queryKey: ['buckets'],
  queryFn: ({ signal }) => listBuckets(signal),
});

/** Returns whose a region's buckets are; unknown regions belong to the contract, as new ones do. */
export function ownershipOf(regionId: string, regions: Region[]): Ownership {
  const region = regions.find(one => one.id === regionId) ?? (regionId === '' ? regions[0] : undefined);
  return region?.properties.bucketOwnership ?? 'contract-owned';
}

/** Returns the buckets of the type that the drop-down shows. */
export function ofType(buckets: Bucket[], owned: Owned, regions: Region[]): Bucket[] {
  if (owned === 'all') return buckets;
  const wanted: Ownership = owned === 'user' ? 'user-owned' : 'contract-owned';
  return buckets.filter(bucket => ownershipOf(bucket.region, regions) === wanted);
}

/** Whether a person may make buckets of a region: contract-owned ones are made by owners and administrators. */
export function mayCreateIn(region: Region, session: Session): boolean {
  return region.properties.bucketOwnership === 'user-owned' ? session.user.objectStorage : session.user.role !== 'user';
}

export type NameRule = 'length' | 'characters' | 'ends' | 'dots' | 'address' | 'reserved';

const reserved = {
  before: ['xn--', 'sthree-', 'amzn-s3-demo-'],
  after: ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'],
};

/** Returns each rule for bucket names and whether a name keeps it. */
export function checkName(name: string): { rule: NameRule; kept: boolean }[] {
  return [
    { rule: 'length', kept: name.length >= 3 && name.length <= 63 },
    { rule: 'characters', kept: /^[a-z0-9.-]+$/.test(name) },
    { rule: 'ends', kept: /^[a-z0-9]/i.test(name) && /[a-z0-9]$/i.test(name) },
    { rule: 'dots', kept: name !== '' && !/\.\.|-\.|\.-/.test(name) },
    { rule: 'address', kept: name !== '' && !/^\d+(\.\d+){3}$/.test(name) },
    {
      rule: 'reserved',
      kept:
        name !== '' &&
        !reserved.before.some(start => name.startsWith(start)) &&
        !reserved.after.some(end => name.endsWith(end)),
    },
  ];
}

export function isValidName(name: string): boolean {
  return checkName(name).every(({ kept }) => kept);
}
