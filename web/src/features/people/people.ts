import { queryOptions } from '@tanstack/react-query';
import { body, cloudApi } from '../../api/client.ts';
import type { Group, GroupProperties, User, UserCreate, UserKey, UserUpdate } from '../../api/types.ts';

/** Users or groups that are read at once. */
const limit = 10_000;

export const usersQuery = queryOptions({
  queryKey: ['people', 'users'],
  queryFn: async (): Promise<User[]> =>
    (await body(cloudApi.GET('/cloudapi/v6/um/users', { params: { query: { depth: 1, limit } } }))).items ?? [],
});

export const groupsQuery = queryOptions({
  queryKey: ['people', 'groups'],
  queryFn: async (): Promise<Group[]> =>
    (await body(cloudApi.GET('/cloudapi/v6/um/groups', { params: { query: { depth: 1, limit } } }))).items ?? [],
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

export const userKeysQuery = (userId: string) =>
  queryOptions({
    queryKey: ['people', 'users', userId, 'keys'],
    queryFn: async (): Promise<UserKey[]> => {
      const keys = await body(
        cloudApi.GET('/cloudapi/v6/um/users/{userId}/s3keys', { params: { path: { userId }, query: { depth: 1 } } }),
      );
      return keys.items ?? [];
    },
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
    queryFn: async (): Promise<User[]> => {
      const members = await body(
        cloudApi.GET('/cloudapi/v6/um/groups/{groupId}/users', {
          params: { path: { groupId }, query: { depth: 1, limit } },
        }),
      );
      return members.items ?? [];
    },
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

export const generateUserKey = (userId: string): Promise<UserKey> =>
  body(cloudApi.POST('/cloudapi/v6/um/users/{userId}/s3keys', { params: { path: { userId } } }));

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
