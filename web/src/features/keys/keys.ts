import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { body, cloudApi, consoleApi, managementApi } from '../../api/client.ts';
import type { AccessKey, Region } from '../../api/types.ts';
import { sessionQuery } from '../session/session.ts';

/** Keys a user has at most, active and inactive together. */
export const maxKeys = 5;

export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: async (): Promise<AccessKey[]> => {
    const list = await body(managementApi.GET('/accesskeys', { params: { query: { limit: 1000 } } }));
    return list.items;
  },
});

export const regionsQuery = queryOptions({
  queryKey: ['regions'],
  staleTime: 300_000,
  queryFn: async (): Promise<Region[]> => {
    const list = await body(managementApi.GET('/regions', { params: { query: { limit: 1000 } } }));
    return list.items;
  },
});

/** The certificate that programs have to trust, in PEM; asked for only where the server says that there is one. */
export const caQuery = queryOptions({
  queryKey: ['ca'],
  staleTime: 300_000,
  queryFn: () => body(consoleApi.GET('/console/ca', { parseAs: 'text' })),
});

/** Returns a region's S3 endpoint as a URL. */
export function endpointOf(region: Region): string {
  const { endpoint, endpointUrl } = region.properties;
  return endpointUrl ?? `${location.protocol}//${endpoint}`;
}

/** Makes a key; expires is a time or never, and the contract's maximum where it is absent. */
export function generateKey(description: string, expires?: string): Promise<AccessKey> {
  return body(managementApi.POST('/accesskeys', { body: { properties: { description, expires } } }));
}

export async function deleteKey(id: string): Promise<void> {
  await managementApi.DELETE('/accesskeys/{accesskeyId}', { params: { path: { accesskeyId: id } } });
}

export async function setKeyActive(userId: string, accessKey: string, active: boolean): Promise<void> {
  const path = { userId, keyId: accessKey };
  await cloudApi.PUT('/cloudapi/v6/um/users/{userId}/s3keys/{keyId}', {
    params: { path },
    body: { properties: { active } },
  });
}

/** Reads the secret of a key again; only its user and the contract's administrators may. */
export async function readSecret(userId: string, accessKey: string): Promise<string> {
  const path = { userId, keyId: accessKey };
  const key = await body(cloudApi.GET('/cloudapi/v6/um/users/{userId}/s3keys/{keyId}', { params: { path } }));
  return key.properties.secretKey;
}

/** Has the pages read the keys again, and the session, whose canonical user ID comes with the first key. */
export async function keysChanged(client: QueryClient): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: keysQuery.queryKey }),
    client.invalidateQueries({ queryKey: sessionQuery.queryKey }),
  ]);
}

/** Whether a key authenticates; servers that do not say so have no inactive keys. */
export function isActive(key: AccessKey): boolean {
  return key.metadata.active !== false;
}
