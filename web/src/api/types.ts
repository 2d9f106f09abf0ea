import type { components as Cloud } from './cloud.gen.ts';
import type { components as Console } from './console.gen.ts';
import type { components as Management } from './management.gen.ts';

export type Session = Console['schemas']['Session'];
export type ServerInfo = Console['schemas']['Info'];
export type SignRequest = Console['schemas']['SignRequest'];
export type SignedRequest = Console['schemas']['SignedRequest'];
export type AccessKey = Management['schemas']['AccessKeyRead'];
export type Region = Management['schemas']['RegionRead'];
export type User = Cloud['schemas']['User'];
export type UserCreate = Cloud['schemas']['UserPropertiesPost'];
export type UserUpdate = Cloud['schemas']['UserPropertiesPut'];
export type Group = Cloud['schemas']['Group'];
export type GroupProperties = Cloud['schemas']['GroupProperties'];
export type UserKey = Cloud['schemas']['S3Key'];
export type Ownership = Region['properties']['bucketOwnership'];
