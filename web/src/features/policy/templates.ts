import { emptyModel, type Model } from './model.ts';

/** Statements to begin with. */
export const templates = ['empty', 'publicRead', 'read', 'write', 'addresses', 'encrypted', 'keepVersions'] as const;
export type Template = (typeof templates)[number];

const all: Model = { ...emptyModel, places: [{ kind: 'all' }] };
const deny: Model = { ...all, allow: false, everyone: true };
const reading = ['s3:GetObject', 's3:ListBucket', 's3:GetBucketLocation', 's3:ListBucketMultipartUploads'];

export function templateModel(template: Template): Model {
  switch (template) {
    case 'empty':
      return all;
    case 'publicRead':
      return { ...all, everyone: true, actions: ['s3:GetObject'] };
    case 'read':
      return { ...all, bucket: true, actions: reading.slice(0, 3) };
    case 'write':
      return {
        ...all,
        bucket: true,
        actions: [
          ...reading,
          's3:PutObject',
          's3:AbortMultipartUpload',
          's3:ListMultipartUploadParts',
          's3:DeleteObject',
        ],
      };
    case 'addresses':
      return {
        ...deny,
        bucket: true,
        actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket'],
        conditions: [{ operator: 'NotIpAddress', key: 'aws:SourceIp', values: [] }],
      };
    case 'encrypted':
      return {
        ...deny,
        actions: ['s3:GetObject', 's3:PutObject'],
        conditions: [{ operator: 'Bool', key: 'aws:SecureTransport', values: ['false'] }],
      };
    case 'keepVersions':
      return { ...deny, bucket: true, actions: ['s3:DeleteObjectVersion', 's3:PutBucketVersioning'] };
  }
}
