/** Policies as people read and begin them; whether one is valid and what it means is decided by the server alone. */

export const templates = ['publicRead', 'read', 'write', 'addresses', 'encrypted', 'keepVersions'] as const;
export type Template = (typeof templates)[number];

/** What a template still has to be told. */
export function needs(template: Template): 'user' | 'addresses' | null {
  if (template === 'read' || template === 'write') return 'user';
  return template === 'addresses' ? 'addresses' : null;
}

interface Statement {
  Sid: string;
  Effect: 'Allow' | 'Deny';
  Principal: unknown;
  Action: string[];
  Resource: string[];
  Condition?: unknown;
}

/** Returns the statement of a template for a bucket; `given` is a user's ID, or addresses apart by commas. */
export function statementOf(template: Template, bucket: string, given: string): Statement {
  const all = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
  const objects = [`arn:aws:s3:::${bucket}/*`];
  const user = { AWS: [`arn:aws:iam:::user/${given.trim()}`] };
  switch (template) {
    case 'publicRead':
      return { Sid: 'PublicRead', Effect: 'Allow', Principal: '*', Action: ['s3:GetObject'], Resource: objects };
    case 'read':
      return {
        Sid: 'Read',
        Effect: 'Allow',
        Principal: user,
        Action: ['s3:GetObject', 's3:ListBucket', 's3:GetBucketLocation'],
        Resource: all,
      };
    case 'write':
      return {
        Sid: 'ReadAndWrite',
        Effect: 'Allow',
        Principal: user,
        Action: [
          's3:GetObject',
          's3:PutObject',
          's3:DeleteObject',
          's3:ListBucket',
          's3:GetBucketLocation',
          's3:ListBucketMultipartUploads',
          's3:ListMultipartUploadParts',
          's3:AbortMultipartUpload',
        ],
        Resource: all,
      };
    case 'addresses':
      return {
        Sid: 'OnlyFromTheseAddresses',
        Effect: 'Deny',
        Principal: '*',
        Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket'],
        Resource: all,
        Condition: { NotIpAddress: { 'aws:SourceIp': given.split(/[\s,]+/).filter(Boolean) } },
      };
    case 'encrypted':
      return {
        Sid: 'OnlyEncryptedConnections',
        Effect: 'Deny',
        Principal: '*',
        Action: ['s3:GetObject', 's3:PutObject'],
        Resource: objects,
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      };
    case 'keepVersions':
      return {
        Sid: 'KeepVersions',
        Effect: 'Deny',
        Principal: '*',
        Action: ['s3:DeleteObjectVersion', 's3:PutBucketVersioning'],
        Resource: all,
      };
  }
}

interface Document {
  Version?: unknown;
  Statement?: unknown;
}

function parse(text: string): Document | null {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Document) : null;
  } catch {
    return null;
  }
}

/** Returns the policy with a statement added; one of the same name is replaced. Text that is no policy gives way to a new one. */
export function withStatement(text: string, statement: Statement): string {
  const found = parse(text);
  const list = [found?.Statement ?? []].flat() as Statement[];
  const kept = list.filter(one => one?.Sid !== statement.Sid);
  return JSON.stringify({ ...found, Version: '2012-10-17', Statement: [...kept, statement] }, null, 2);
}

/** Says what is wrong with text as JSON; null when nothing is. */
export function jsonFault(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export interface Reading {
  deny: boolean;
  /** Whom it is about; null for everybody. */
  who: string[] | null;
  actions: string[];
  resources: string[];
  /** Operators and keys of its conditions. */
  conditions: string[];
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(texts);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(texts);
  return [];
}

/** Returns what each statement says, for people to read; empty where the text is no policy. */
export function readings(text: string): Reading[] {
  const list = [parse(text)?.Statement ?? []].flat() as Record<string, unknown>[];
  return list
    .filter(one => typeof one === 'object' && one !== null)
    .map(one => {
      const named = texts(one.Principal ?? one.NotPrincipal);
      const but = (part: string) => (values: string[]) =>
        one[part] === undefined ? values : values.map(v => `≠ ${v}`);
      return {
        deny: one.Effect === 'Deny',
        who: named.includes('*') && one.Principal !== undefined ? null : but('NotPrincipal')(named.map(shortPrincipal)),
        actions: but('NotAction')(texts(one.Action ?? one.NotAction)),
        resources: but('NotResource')(
          texts(one.Resource ?? one.NotResource).map(name => name.replace('arn:aws:s3:::', '')),
        ),
        conditions: Object.entries((one.Condition ?? {}) as Record<string, Record<string, unknown>>).flatMap(
          ([operator, keys]) =>
            Object.entries(keys ?? {}).map(([key, values]) => `${key} ${operator} ${texts(values).join(', ')}`),
        ),
      };
    });
}

function shortPrincipal(name: string): string {
  return name.replace(/^arn:aws:iam::\d*:(user\/)?/, '');
}
