/** Settings of a bucket that say what happens to objects later: encryption, ownership, lists, lifecycle, website, logs. */
import { s3, s3Text, xmlHeaders } from './client.ts';
import { unless } from './settings.ts';
import { children, escapeXml, parseXml, text } from './xml.ts';

const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

async function read(bucket: string, setting: string, signal?: AbortSignal): Promise<string> {
  return s3Text({ method: 'GET', bucket, query: { [setting]: '' } }, { signal });
}

async function write(bucket: string, setting: string, body: string): Promise<void> {
  await s3({ method: 'PUT', bucket, query: { [setting]: '' }, headers: xmlHeaders(body) }, { body });
}

async function remove(bucket: string, setting: string): Promise<void> {
  await s3({ method: 'DELETE', bucket, query: { [setting]: '' } });
}

const element = (name: string, value: string) => (value ? `<${name}>${escapeXml(value)}</${name}>` : '');

/** What new objects are encrypted under where their request says nothing. */
export interface Encryption {
  algorithm: 'none' | 'AES256' | 'aws:kms';
  /** Name of the key; the server's own where empty. */
  key: string;
}

export function getEncryption(bucket: string, signal?: AbortSignal): Promise<Encryption> {
  const none: Encryption = { algorithm: 'none', key: '' };
  const parse = (answer: string): Encryption => {
    const rule = children(parseXml(answer, 'ServerSideEncryptionConfiguration'), 'Rule')[0];
    const by = rule && children(rule, 'ApplyServerSideEncryptionByDefault')[0];
    if (!by) return none;
    return { algorithm: text(by, 'SSEAlgorithm') === 'AES256' ? 'AES256' : 'aws:kms', key: text(by, 'KMSMasterKeyID') };
  };
  return unless('ServerSideEncryptionConfigurationNotFoundError', none, read(bucket, 'encryption', signal).then(parse));
}

export function putEncryption(bucket: string, { algorithm, key }: Encryption): Promise<void> {
  if (algorithm === 'none') return remove(bucket, 'encryption');
  const name = algorithm === 'aws:kms' ? element('KMSMasterKeyID', key) : '';
  return write(
    bucket,
    'encryption',
    `<ServerSideEncryptionConfiguration ${namespace}><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>${algorithm}</SSEAlgorithm>${name}</ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>`,
  );
}

export const ownerships = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'] as const;
export type ObjectOwnership = (typeof ownerships)[number];

export function getOwnership(bucket: string, signal?: AbortSignal): Promise<ObjectOwnership> {
  const parse = (answer: string): ObjectOwnership => {
    const rule = children(parseXml(answer, 'OwnershipControls'), 'Rule')[0];
    const word = rule && text(rule, 'ObjectOwnership');
    return ownerships.find(one => one === word) ?? 'ObjectWriter';
  };
  return unless(
    'OwnershipControlsNotFoundError',
    'ObjectWriter',
    read(bucket, 'ownershipControls', signal).then(parse),
  );
}

export function putOwnership(bucket: string, ownership: ObjectOwnership): Promise<void> {
  return write(
    bucket,
    'ownershipControls',
    `<OwnershipControls ${namespace}><Rule><ObjectOwnership>${ownership}</ObjectOwnership></Rule></OwnershipControls>`,
  );
}

/** The rights that a line of an access control list can give. */
export const permissions = ['READ', 'WRITE', 'READ_ACP', 'WRITE_ACP', 'FULL_CONTROL'] as const;
export type Permission = (typeof permissions)[number];

/** A line of an access control list. */
export interface Grant {
  /** A canonical id, the number of a contract, a mail, or the address of a group. */
  to: string;
  permission: Permission;
}

/** Whose a bucket is, and what its list gives to whom. */
export interface Acl {
  owner: string;
  grants: Grant[];
}

/** Grants that S3 takes in a list at most. */
export const mostGrants = 100;

export async function getAcl(bucket: string, signal?: AbortSignal): Promise<Acl> {
  return parseAcl(await read(bucket, 'acl', signal));
}

/** Reads an AccessControlPolicy. */
export function parseAcl(answer: string): Acl {
  const root = parseXml(answer, 'AccessControlPolicy');
  const owner = children(root, 'Owner')[0];
  const list = children(root, 'AccessControlList')[0];
  const grants = (list ? children(list, 'Grant') : []).map((grant): Grant => {
    const who = children(grant, 'Grantee')[0];
    const to = who ? text(who, 'URI') || text(who, 'ID') || text(who, 'EmailAddress') : '';
    const word = text(grant, 'Permission');
    return { to, permission: permissions.find(one => one === word) ?? 'READ' };
  });
  return { owner: owner ? text(owner, 'ID') : '', grants };
}

function grantee(to: string): string {
  const [type, name] = to.includes('://')
    ? ['Group', 'URI']
    : to.includes('@')
      ? ['AmazonCustomerByEmail', 'EmailAddress']
      : ['CanonicalUser', 'ID'];
  return `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}">${element(name, to)}</Grantee>`;
}

export function aclXml({ owner, grants }: Acl): string {
  const list = grants.map(
    ({ to, permission }) => `<Grant>${grantee(to)}<Permission>${permission}</Permission></Grant>`,
  );
  return `<AccessControlPolicy ${namespace}><Owner>${element('ID', owner)}</Owner><AccessControlList>${list.join('')}</AccessControlList></AccessControlPolicy>`;
}

export function putAcl(bucket: string, acl: Acl): Promise<void> {
  return write(bucket, 'acl', aclXml(acl));
}

/** A rule of a bucket's lifecycle; days are empty where the rule does not do that. */
export interface LifecycleRule {
  id: string;
  on: boolean;
  prefix: string;
  /** Tags that an object has to have, one a line: name=value. */
  tags: string;
  /** Bytes that an object has to be larger and smaller than. */
  larger: string;
  smaller: string;
  expireDays: string;
  /** The day on which objects are deleted instead, as 2027-01-31. */
  expireOn: string;
  noncurrentDays: string;
  /** Former versions that stay whatever their age. */
  keepNewest: string;
  /** Whether delete markers go behind which nothing is left. */
  markers: boolean;
  abortDays: string;
  /** The rule as it was stored, where it says more than this form knows: it is kept as it is. */
  raw?: string;
}

/** Elements of a rule that the form knows. */
const known = new Set([
  'ID',
  'Status',
  'Prefix',
  'Filter',
  'And',
  'Tag',
  'Key',
  'Value',
  'ObjectSizeGreaterThan',
  'ObjectSizeLessThan',
  'Expiration',
  'Days',
  'Date',
  'ExpiredObjectDeleteMarker',
  'NoncurrentVersionExpiration',
  'NoncurrentDays',
  'NewerNoncurrentVersions',
  'AbortIncompleteMultipartUpload',
  'DaysAfterInitiation',
]);

/** Returns the tags of a rule, one a line. */
export function tagLines(lines: string): { key: string; value: string }[] {
  return lines
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
    .map(line => {
      const at = line.indexOf('=');
      return at < 0 ? { key: line, value: '' } : { key: line.slice(0, at), value: line.slice(at + 1) };
    });
}

const midnight = /^(\d{4}-\d\d-\d\d)(T00:00:00(\.0+)?Z)?$/;

/** Reads a LifecycleConfiguration. */
export function parseLifecycle(answer: string): LifecycleRule[] {
  return children(parseXml(answer, 'LifecycleConfiguration'), 'Rule').map(rule => {
    const part = (name: string) => children(rule, name)[0];
    const inside = (name: string, what: string) => {
      const one = part(name);
      return one ? text(one, what) : '';
    };
    const outer = part('Filter');
    const filter = (outer && children(outer, 'And')[0]) ?? outer;
    const tags = (filter ? children(filter, 'Tag') : []).map(tag => [text(tag, 'Key'), text(tag, 'Value')]);
    const date = inside('Expiration', 'Date');
    const lines = tags.map(([key, value]) => `${key}=${value}`);
    const told = tagLines(lines.join('\n')).map(({ key, value }) => [key, value]);
    const foreign =
      [...rule.getElementsByTagName('*')].some(one => !known.has(one.localName)) ||
      (date !== '' && !midnight.test(date)) ||
      JSON.stringify(told) !== JSON.stringify(tags);
    return {
      id: text(rule, 'ID'),
      on: text(rule, 'Status') === 'Enabled',
      prefix: (filter ? text(filter, 'Prefix') : '') || text(rule, 'Prefix'),
      tags: lines.join('\n'),
      larger: filter ? text(filter, 'ObjectSizeGreaterThan') : '',
      smaller: filter ? text(filter, 'ObjectSizeLessThan') : '',
      expireDays: inside('Expiration', 'Days'),
      expireOn: midnight.exec(date)?.[1] ?? '',
      noncurrentDays: inside('NoncurrentVersionExpiration', 'NoncurrentDays'),
      keepNewest: inside('NoncurrentVersionExpiration', 'NewerNoncurrentVersions'),
      markers: inside('Expiration', 'ExpiredObjectDeleteMarker') === 'true',
      abortDays: inside('AbortIncompleteMultipartUpload', 'DaysAfterInitiation'),
      raw: foreign ? new XMLSerializer().serializeToString(rule) : undefined,
    };
  });
}

function filterXml({ prefix, tags, larger, smaller }: LifecycleRule): string {
  const parts = [
    element('Prefix', prefix),
    ...tagLines(tags).map(
      ({ key, value }) => `<Tag><Key>${escapeXml(key)}</Key><Value>${escapeXml(value)}</Value></Tag>`,
    ),
    element('ObjectSizeGreaterThan', larger),
    element('ObjectSizeLessThan', smaller),
  ].filter(Boolean);
  if (parts.length > 1) return `<Filter><And>${parts.join('')}</And></Filter>`;
  return `<Filter>${parts[0] ?? '<Prefix></Prefix>'}</Filter>`;
}

function expirationXml({ expireDays, expireOn, markers }: LifecycleRule): string {
  if (expireDays) return element('Days', expireDays);
  if (expireOn) return element('Date', `${expireOn}T00:00:00.000Z`);
  return markers ? '<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>' : '';
}

export function lifecycleXml(rules: LifecycleRule[]): string {
  const list = rules.map(rule => {
    if (rule.raw) return rule.raw;
    const expiration = expirationXml(rule);
    const former = `${element('NoncurrentDays', rule.noncurrentDays)}${element('NewerNoncurrentVersions', rule.keepNewest)}`;
    const parts = [
      element('ID', rule.id),
      filterXml(rule),
      `<Status>${rule.on ? 'Enabled' : 'Disabled'}</Status>`,
      expiration && `<Expiration>${expiration}</Expiration>`,
      rule.noncurrentDays && `<NoncurrentVersionExpiration>${former}</NoncurrentVersionExpiration>`,
      rule.abortDays &&
        `<AbortIncompleteMultipartUpload>${element('DaysAfterInitiation', rule.abortDays)}</AbortIncompleteMultipartUpload>`,
    ];
    return `<Rule>${parts.filter(Boolean).join('')}</Rule>`;
  });
  return `<LifecycleConfiguration ${namespace}>${list.join('')}</LifecycleConfiguration>`;
}

export function getLifecycle(bucket: string, signal?: AbortSignal): Promise<LifecycleRule[]> {
  return unless('NoSuchLifecycleConfiguration', [], read(bucket, 'lifecycle', signal).then(parseLifecycle));
}

export function putLifecycle(bucket: string, rules: LifecycleRule[]): Promise<void> {
  return rules.length > 0 ? write(bucket, 'lifecycle', lifecycleXml(rules)) : remove(bucket, 'lifecycle');
}

/** What a rule did and will do, as the server's last walk found it. */
export interface RuleReport {
  id: string;
  expired: number;
  removedVersions: number;
  removedMarkers: number;
  abortedUploads: number;
  freedBytes: number;
  waiting: number;
  locked: number;
  nextDue?: string;
}

/** Returns what the server tells of the rules; nothing where it does not. */
export async function getLifecycleReport(bucket: string, signal?: AbortSignal): Promise<RuleReport[]> {
  const answer = await s3Text({ method: 'GET', bucket, query: { lifecycle: '', report: '' } }, { signal });
  const report = JSON.parse(answer) as { rules?: RuleReport[] } | null;
  return report?.rules ?? [];
}

/** What rules would do if they were kept now: what is due counts as done. */
export interface LifecycleForecast {
  rules: RuleReport[];
  /** Versions that were looked at. */
  looked: number;
  /** Whether that was all of the bucket. */
  complete: boolean;
}

/** Has the server tell what rules would do, and keep nothing. */
export async function forecastLifecycle(
  bucket: string,
  rules: LifecycleRule[],
  signal?: AbortSignal,
): Promise<LifecycleForecast> {
  const body = lifecycleXml(rules);
  const query = { lifecycleReport: '' };
  const answer = await s3Text({ method: 'POST', bucket, query, headers: xmlHeaders(body) }, { body, signal });
  return JSON.parse(answer) as LifecycleForecast;
}

export const redirectCodes = ['301', '302', '303', '307', '308'] as const;
export const protocols = ['', 'http', 'https'] as const;
export type Protocol = (typeof protocols)[number];

/** A rule of redirection; what is empty is not set. */
export interface RedirectRule {
  /** Only for keys that begin so. */
  prefix: string;
  /** Only where this status would be answered, as 404. */
  error: string;
  host: string;
  protocol: Protocol;
  /** What becomes of the key: it stays, its beginning is replaced, or all of it is. */
  key: 'same' | 'prefix' | 'whole';
  to: string;
  code: string;
}

/** How a bucket is served as a website. */
export interface Website {
  on: boolean;
  index: string;
  error: string;
  /** A host to which everything is redirected instead. */
  redirect: string;
  redirectProtocol: Protocol;
  rules: RedirectRule[];
}

/** Rules of redirection that a website has at most. */
export const mostRedirects = 50;

const protocolOf = (word: string): Protocol => protocols.find(one => one === word) ?? '';

function parseRedirect(rule: Element): RedirectRule {
  const condition = children(rule, 'Condition')[0];
  const redirect = children(rule, 'Redirect')[0];
  const of = (parent: Element | undefined, name: string) => (parent ? text(parent, name) : '');
  const has = (name: string) => redirect !== undefined && children(redirect, name).length > 0;
  const key = has('ReplaceKeyWith') ? 'whole' : has('ReplaceKeyPrefixWith') ? 'prefix' : 'same';
  return {
    prefix: of(condition, 'KeyPrefixEquals'),
    error: of(condition, 'HttpErrorCodeReturnedEquals'),
    host: of(redirect, 'HostName'),
    protocol: protocolOf(of(redirect, 'Protocol')),
    key,
    to: of(redirect, key === 'whole' ? 'ReplaceKeyWith' : 'ReplaceKeyPrefixWith'),
    code: of(redirect, 'HttpRedirectCode'),
  };
}

/** Reads a WebsiteConfiguration. */
export function parseWebsite(answer: string): Website {
  const root = parseXml(answer, 'WebsiteConfiguration');
  const inside = (name: string, what: string) => {
    const one = children(root, name)[0];
    return one ? text(one, what) : '';
  };
  const rules = children(root, 'RoutingRules')[0];
  return {
    on: true,
    index: inside('IndexDocument', 'Suffix'),
    error: inside('ErrorDocument', 'Key'),
    redirect: inside('RedirectAllRequestsTo', 'HostName'),
    redirectProtocol: protocolOf(inside('RedirectAllRequestsTo', 'Protocol')),
    rules: rules ? children(rules, 'RoutingRule').map(parseRedirect) : [],
  };
}

function redirectXml(rule: RedirectRule): string {
  const condition = `${element('KeyPrefixEquals', rule.prefix)}${element('HttpErrorCodeReturnedEquals', rule.error)}`;
  const name = { same: '', prefix: 'ReplaceKeyPrefixWith', whole: 'ReplaceKeyWith' }[rule.key];
  const parts = [
    element('Protocol', rule.protocol),
    element('HostName', rule.host),
    // An empty beginning takes the former one away.
    name && `<${name}>${escapeXml(rule.to)}</${name}>`,
    element('HttpRedirectCode', rule.code),
  ];
  return `<RoutingRule>${condition && `<Condition>${condition}</Condition>`}<Redirect>${parts.join('')}</Redirect></RoutingRule>`;
}

export function websiteXml(site: Website): string {
  if (site.redirect)
    return `<WebsiteConfiguration ${namespace}><RedirectAllRequestsTo>${element('HostName', site.redirect)}${element('Protocol', site.redirectProtocol)}</RedirectAllRequestsTo></WebsiteConfiguration>`;
  const parts = [
    `<IndexDocument>${element('Suffix', site.index)}</IndexDocument>`,
    site.error && `<ErrorDocument>${element('Key', site.error)}</ErrorDocument>`,
    site.rules.length > 0 && `<RoutingRules>${site.rules.map(redirectXml).join('')}</RoutingRules>`,
  ];
  return `<WebsiteConfiguration ${namespace}>${parts.filter(Boolean).join('')}</WebsiteConfiguration>`;
}

export function getWebsite(bucket: string, signal?: AbortSignal): Promise<Website> {
  const off: Website = { on: false, index: 'index.html', error: '', redirect: '', redirectProtocol: '', rules: [] };
  return unless('NoSuchWebsiteConfiguration', off, read(bucket, 'website', signal).then(parseWebsite));
}

export function putWebsite(bucket: string, site: Website): Promise<void> {
  return site.on ? write(bucket, 'website', websiteXml(site)) : remove(bucket, 'website');
}

/** Where lines about requests are delivered; no bucket is off. */
export interface Logging {
  target: string;
  prefix: string;
}

export async function getLogging(bucket: string, signal?: AbortSignal): Promise<Logging> {
  const on = children(parseXml(await read(bucket, 'logging', signal), 'BucketLoggingStatus'), 'LoggingEnabled')[0];
  return { target: on ? text(on, 'TargetBucket') : '', prefix: on ? text(on, 'TargetPrefix') : '' };
}

export function putLogging(bucket: string, { target, prefix }: Logging): Promise<void> {
  const on = target
    ? `<LoggingEnabled>${element('TargetBucket', target)}<TargetPrefix>${escapeXml(prefix)}</TargetPrefix></LoggingEnabled>`
    : '';
  return write(bucket, 'logging', `<BucketLoggingStatus ${namespace}>${on}</BucketLoggingStatus>`);
}
