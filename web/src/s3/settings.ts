/** The settings of a bucket. What a bucket does not have is read as its being off, never as a failure. */
import { asFailure } from '../api/failure.ts';
import { s3, s3Text, xmlHeaders } from './client.ts';
import type {
  CorsRule,
  DefaultRetention,
  LockMode,
  LockSettings,
  PolicyReport,
  PublicBlock,
  Tag,
  Versioning,
} from './types.ts';
import { children, escapeXml, parseXml, text } from './xml.ts';

const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

/** Returns what a call answers, or the other value where S3 says by its code that there is no such setting. */
export async function unless<T>(code: string, other: T, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (asFailure(error).code === code) return other;
    throw error;
  }
}

async function read(bucket: string, setting: string, signal?: AbortSignal): Promise<string> {
  return s3Text({ method: 'GET', bucket, query: { [setting]: '' } }, { signal });
}

async function write(bucket: string, setting: string, body: string): Promise<void> {
  await s3({ method: 'PUT', bucket, query: { [setting]: '' }, headers: xmlHeaders(body) }, { body });
}

async function remove(bucket: string, setting: string): Promise<void> {
  await s3({ method: 'DELETE', bucket, query: { [setting]: '' } });
}

export async function getVersioning(bucket: string, signal?: AbortSignal): Promise<Versioning> {
  const status = text(parseXml(await read(bucket, 'versioning', signal), 'VersioningConfiguration'), 'Status');
  return status === 'Enabled' ? 'on' : status === 'Suspended' ? 'suspended' : 'off';
}

export function putVersioning(bucket: string, on: boolean): Promise<void> {
  const status = on ? 'Enabled' : 'Suspended';
  return write(
    bucket,
    'versioning',
    `<VersioningConfiguration ${namespace}><Status>${status}</Status></VersioningConfiguration>`,
  );
}

export function getLock(bucket: string, signal?: AbortSignal): Promise<LockSettings> {
  const none: LockSettings = { enabled: false, retention: null };
  return unless('ObjectLockConfigurationNotFoundError', none, read(bucket, 'object-lock', signal).then(parseLock));
}

/** Reads an ObjectLockConfiguration. */
export function parseLock(answer: string): LockSettings {
  const root = parseXml(answer, 'ObjectLockConfiguration');
  const rule = children(root, 'Rule')[0];
  const kept = rule && children(rule, 'DefaultRetention')[0];
  const enabled = text(root, 'ObjectLockEnabled') === 'Enabled';
  if (!kept) return { enabled, retention: null };
  const days = Number(text(kept, 'Days'));
  const mode: LockMode = text(kept, 'Mode') === 'COMPLIANCE' ? 'COMPLIANCE' : 'GOVERNANCE';
  const retention: DefaultRetention =
    days > 0 ? { mode, unit: 'Days', count: days } : { mode, unit: 'Years', count: Number(text(kept, 'Years')) };
  return { enabled, retention };
}

export function lockXml(retention: DefaultRetention | null): string {
  const rule = retention
    ? `<Rule><DefaultRetention><Mode>${retention.mode}</Mode><${retention.unit}>${retention.count}</${retention.unit}></DefaultRetention></Rule>`
    : '';
  return `<ObjectLockConfiguration ${namespace}><ObjectLockEnabled>Enabled</ObjectLockEnabled>${rule}</ObjectLockConfiguration>`;
}

export function putLock(bucket: string, retention: DefaultRetention | null): Promise<void> {
  return write(bucket, 'object-lock', lockXml(retention));
}

export async function getPublicBlock(bucket: string, signal?: AbortSignal): Promise<PublicBlock> {
  const off: PublicBlock = { acls: false, ignoreAcls: false, policy: false, restrict: false };
  const parse = (answer: string): PublicBlock => {
    const root = parseXml(answer, 'PublicAccessBlockConfiguration');
    const flag = (name: string) => text(root, name) === 'true';
    return {
      acls: flag('BlockPublicAcls'),
      ignoreAcls: flag('IgnorePublicAcls'),
      policy: flag('BlockPublicPolicy'),
      restrict: flag('RestrictPublicBuckets'),
    };
  };
  return unless('NoSuchPublicAccessBlockConfiguration', off, read(bucket, 'publicAccessBlock', signal).then(parse));
}

export function putPublicBlock(bucket: string, block: PublicBlock): Promise<void> {
  return write(
    bucket,
    'publicAccessBlock',
    `<PublicAccessBlockConfiguration ${namespace}><BlockPublicAcls>${block.acls}</BlockPublicAcls><IgnorePublicAcls>${block.ignoreAcls}</IgnorePublicAcls><BlockPublicPolicy>${block.policy}</BlockPublicPolicy><RestrictPublicBuckets>${block.restrict}</RestrictPublicBuckets></PublicAccessBlockConfiguration>`,
  );
}

/** Returns the bucket's policy as it was stored; empty without one. */
export function getPolicy(bucket: string, signal?: AbortSignal): Promise<string> {
  return unless('NoSuchBucketPolicy', '', read(bucket, 'policy', signal));
}

/** Whether the policy opens the bucket to everybody, as the server judges it. */
export function getPolicyStatus(bucket: string, signal?: AbortSignal): Promise<boolean> {
  const parse = (answer: string) => text(parseXml(answer, 'PolicyStatus'), 'IsPublic').toLowerCase() === 'true';
  return unless('NoSuchBucketPolicy', false, read(bucket, 'policyStatus', signal).then(parse));
}

export async function putPolicy(bucket: string, policy: string): Promise<void> {
  const headers = { ...xmlHeaders(policy), 'content-type': 'application/json' };
  await s3({ method: 'PUT', bucket, query: { policy: '' }, headers }, { body: policy });
}

/** Has the server judge a draft of the bucket's policy, and keep nothing; an empty draft is no policy. */
export async function reportPolicy(bucket: string, draft: string, signal?: AbortSignal): Promise<PolicyReport> {
  const headers = { ...xmlHeaders(draft), 'content-type': 'application/json' };
  const answer = await s3Text(
    { method: 'POST', bucket, query: { policyReport: '' }, headers },
    { body: draft, signal },
  );
  return JSON.parse(answer) as PolicyReport;
}

export function deletePolicy(bucket: string): Promise<void> {
  return remove(bucket, 'policy');
}

export function getCors(bucket: string, signal?: AbortSignal): Promise<CorsRule[]> {
  return unless('NoSuchCORSConfiguration', [], read(bucket, 'cors', signal).then(parseCors));
}

/** Reads a CORSConfiguration. */
export function parseCors(answer: string): CorsRule[] {
  return children(parseXml(answer, 'CORSConfiguration'), 'CORSRule').map(rule => {
    const all = (name: string) => children(rule, name).map(one => one.textContent ?? '');
    return {
      origins: all('AllowedOrigin'),
      methods: all('AllowedMethod'),
      headers: all('AllowedHeader'),
      expose: all('ExposeHeader'),
      maxAge: text(rule, 'MaxAgeSeconds'),
      id: text(rule, 'ID'),
    };
  });
}

export function corsXml(rules: CorsRule[]): string {
  const all = (name: string, values: string[]) =>
    values.map(value => `<${name}>${escapeXml(value)}</${name}>`).join('');
  const list = rules.map(
    rule =>
      `<CORSRule>${all('ID', rule.id ? [rule.id] : [])}${all('AllowedOrigin', rule.origins)}${all('AllowedMethod', rule.methods)}${all('AllowedHeader', rule.headers)}${all('ExposeHeader', rule.expose)}${all('MaxAgeSeconds', rule.maxAge ? [rule.maxAge] : [])}</CORSRule>`,
  );
  return `<CORSConfiguration ${namespace}>${list.join('')}</CORSConfiguration>`;
}

export function putCors(bucket: string, rules: CorsRule[]): Promise<void> {
  return rules.length > 0 ? write(bucket, 'cors', corsXml(rules)) : remove(bucket, 'cors');
}

/** Reads a Tagging document. */
export function parseTags(answer: string): Tag[] {
  const set = children(parseXml(answer, 'Tagging'), 'TagSet')[0];
  return set ? children(set, 'Tag').map(tag => ({ key: text(tag, 'Key'), value: text(tag, 'Value') })) : [];
}

export function tagsXml(tags: Tag[]): string {
  const list = tags.map(tag => `<Tag><Key>${escapeXml(tag.key)}</Key><Value>${escapeXml(tag.value)}</Value></Tag>`);
  return `<Tagging ${namespace}><TagSet>${list.join('')}</TagSet></Tagging>`;
}

/** Reads the tags of a bucket, or of an object where a key is given. */
export function getTags(bucket: string, key?: string, signal?: AbortSignal): Promise<Tag[]> {
  const call = s3Text({ method: 'GET', bucket, key, query: { tagging: '' } }, { signal });
  return unless('NoSuchTagSet', [], call.then(parseTags));
}

export async function putTags(bucket: string, tags: Tag[], key?: string): Promise<void> {
  if (tags.length === 0) {
    await s3({ method: 'DELETE', bucket, key, query: { tagging: '' } });
    return;
  }
  const body = tagsXml(tags);
  await s3({ method: 'PUT', bucket, key, query: { tagging: '' }, headers: xmlHeaders(body) }, { body });
}
