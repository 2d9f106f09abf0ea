import { queryOptions } from '@tanstack/react-query';
import { body, cloudApi, consoleApi, managementApi } from '../../api/client.ts';
import { entriesOf, readAll } from '../../api/readAll.ts';
import type {
  AccessKey,
  Group,
  GroupProperties,
  Invitation,
  User,
  UserCreate,
  UserKey,
  UserUpdate,
} from '../../api/types.ts';

/** Users, groups or members of a page; the most that the server takes. */
const page = 10_000;

const idOf = (entry: { id: string }) => entry.id;

export const usersQuery = queryOptions({
  queryKey: ['people', 'users'],
  queryFn: () =>
    readAll<User>(
      page,
      idOf,
      async at =>
        (await body(cloudApi.GET('/cloudapi/v6/um/users', { params: { query: { depth: 1, ...at } } }))).items ?? [],
    ),
  select: entriesOf<User>,
});

export const groupsQuery = queryOptions({
  queryKey: ['people', 'groups'],
  queryFn: () =>
    readAll<Group>(
      page,
      idOf,
      async at =>
        (await body(cloudApi.GET('/cloudapi/v6/um/groups', { params: { query: { depth: 2, ...at } } }))).items ?? [],
    ),
  select: entriesOf<Group>,
});

export const userQuery = (userId: string) =>
  queryOptions({
    queryKey: ['people', 'users', userId],
    queryFn: () =>
      body(cloudApi.GET('/cloudapi/v6/um/users/{userId}', { params: { path: { userId }, query: { depth: 1 } } })),
  });

export const userGroupsQuery = (userId: string) =>
  queryOptions({
    queryKey: ['people', 'users', userId, 'groups'],
    queryFn: async () => {
      const groups = await body(
        cloudApi.GET('/cloudapi/v6/um/users/{userId}/groups', { params: { path: { userId }, query: { depth: 1 } } }),
      );
      return (groups.items ?? []).map(group => group.id);
    },
  });

/** The keys of a user without their secrets: reading those is recorded. */
export const userKeysQuery = (userId: string) =>
  queryOptions({
    queryKey: ['people', 'users', userId, 'keys'],
    queryFn: async (): Promise<AccessKey[]> =>
      (await body(managementApi.GET('/accesskeys', { params: { query: { 'filter.userId': userId, limit: 1000 } } })))
        .items,
  });

export const groupQuery = (groupId: string) =>
  queryOptions({
    queryKey: ['people', 'groups', groupId],
    queryFn: () =>
      body(cloudApi.GET('/cloudapi/v6/um/groups/{groupId}', { params: { path: { groupId }, query: { depth: 1 } } })),
  });

export const membersQuery = (groupId: string) =>
  queryOptions({
    queryKey: ['people', 'groups', groupId, 'members'],
    queryFn: () =>
      readAll<User>(page, idOf, async at => {
        const members = await body(
          cloudApi.GET('/cloudapi/v6/um/groups/{groupId}/users', {
            params: { path: { groupId }, query: { depth: 1, ...at } },
          }),
        );
        return members.items ?? [];
      }),
    select: entriesOf<User>,
  });

export const createUser = (properties: UserCreate) =>
  body(cloudApi.POST('/cloudapi/v6/um/users', { body: { properties } }));

export const updateUser = (userId: string, properties: UserUpdate) =>
  body(cloudApi.PUT('/cloudapi/v6/um/users/{userId}', { params: { path: { userId } }, body: { properties } }));

export const deleteUser = (userId: string) =>
  cloudApi.DELETE('/cloudapi/v6/um/users/{userId}', { params: { path: { userId } } });

export const createGroup = (name: string) =>
  body(cloudApi.POST('/cloudapi/v6/um/groups', { body: { properties: { name } } }));

export const updateGroup = (groupId: string, properties: GroupProperties) =>
  body(cloudApi.PUT('/cloudapi/v6/um/groups/{groupId}', { params: { path: { groupId } }, body: { properties } }));

export const deleteGroup = (groupId: string) =>
  cloudApi.DELETE('/cloudapi/v6/um/groups/{groupId}', { params: { path: { groupId } } });

export const addMember = (groupId: string, userId: string) =>
  body(
    cloudApi.POST('/cloudapi/v6/um/groups/{groupId}/users', { params: { path: { groupId } }, body: { id: userId } }),
  );

export const removeMember = (groupId: string, userId: string) =>
  cloudApi.DELETE('/cloudapi/v6/um/groups/{groupId}/users/{userId}', { params: { path: { groupId, userId } } });

export const generateUserKey = (userId: string, expires?: string): Promise<UserKey> =>
  body(
    cloudApi.POST('/cloudapi/v6/um/users/{userId}/s3keys', {
      params: { path: { userId } },
      body: { properties: { expires } },
    }),
  );

/** Makes a link by which a user sets a password of their own; an earlier one stops counting. */
export const inviteUser = (userId: string): Promise<Invitation> =>
  body(consoleApi.POST('/console/users/{userId}/invitation', { params: { path: { userId } } }));

/** Makes another user the owner of all user-owned buckets of a user; asked again it goes on where it failed. */
export const handOver = (userId: string, to: string) =>
  body(consoleApi.POST('/console/users/{userId}/handover', { params: { path: { userId } }, body: { to } }));

/** Makes a link into a user's storage; it counts once and for a minute. */
export async function storageLink(userId: string): Promise<string> {
  return (await body(cloudApi.GET('/cloudapi/v6/um/users/{userId}/s3ssourl', { params: { path: { userId } } }))).ssoUrl;
}

export const resetFactor = (userId: string) =>
  consoleApi.DELETE('/console/users/{userId}/second-factor', { params: { path: { userId } } });

const letters = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** Returns a password that nobody chose: twenty letters and digits that are not mistaken for one another. */
export function randomPassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(64));
  // Bytes beyond the last whole alphabet would make its beginning likelier.
  const fair = [...bytes].filter(byte => byte < 256 - (256 % letters.length));
  return fair
    .slice(0, 20)
    .map(byte => letters[byte % letters.length])
    .join('');
}

export const setUserKeyActive = (userId: string, keyId: string, active: boolean) =>
  body(
    cloudApi.PUT('/cloudapi/v6/um/users/{userId}/s3keys/{keyId}', {
      params: { path: { userId, keyId } },
      body: { properties: { active } },
    }),
  );

export const deleteUserKey = (userId: string, keyId: string) =>
  cloudApi.DELETE('/cloudapi/v6/um/users/{userId}/s3keys/{keyId}', { params: { path: { userId, keyId } } });

export function nameOf(user: User): string {
  const { firstname, lastname, email } = user.properties;
  return `${firstname} ${lastname}`.trim() || email;
}

export type Role = 'owner' | 'administrator' | 'user';

export function roleOf(user: User): Role {
  return user.metadata?.role ?? (user.properties.administrator ? 'administrator' : 'user');
}

/** Returns the parts of a user that an update has to send again whole. */
export function writable(user: User): UserUpdate {
  const { firstname, lastname, email, administrator, forceSecAuth, active } = user.properties;
  return { firstname, lastname, email, administrator, forceSecAuth, active };
}
