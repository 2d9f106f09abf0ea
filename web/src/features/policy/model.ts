/**
 * A statement of a policy as the builder holds it. Reading and writing keep its meaning; what the builder cannot say exactly is read
 * for people to look at (`exact` is false) and never written.
 */
import { isBucketAction, isEverything, meant, properAction } from './actions.ts';
import { names } from './document.ts';

export type PrincipalKind = 'AWS' | 'CanonicalUser' | 'Service';

export interface Principal {
  kind: PrincipalKind;
  /** As the policy has it: an ARN, a Contract User ID, a Canonical User ID, a contract number, the name of a service. */
  value: string;
}

/** Where files are: all of them, those below a folder or whose keys begin so, one file, or a resource as it is written. */
export type Place = { kind: 'all' } | { kind: 'folder' | 'file' | 'other'; text: string };

export interface Condition {
  operator: string;
  key: string;
  values: string[];
}

export interface Model {
  sid: string;
  allow: boolean;
  everyone: boolean;
  who: Principal[];
  actions: string[];
  /** Whether the bucket itself is meant: its list of files, its settings. */
  bucket: boolean;
  places: Place[];
  conditions: Condition[];
}

export interface Statement {
  model: Model;
  /** Parts that the statement turns round: everybody but, everything but, everywhere but. */
  not: { who: boolean; actions: boolean; places: boolean };
  /** Whether the model says all that the statement says, so that the builder may write it. */
  exact: boolean;
}

type Json = Record<string, unknown>;

const arn = 'arn:aws:s3:::';
const kinds: readonly string[] = ['AWS', 'CanonicalUser', 'Service'];
const known = new Set(['Sid', 'Effect', 'Principal', 'Action', 'Resource', 'Condition']);

/** An allowing statement about nobody and nothing, to begin with. */
export const emptyModel: Model = {
  sid: '',
  allow: true,
  everyone: false,
  who: [],
  actions: [],
  bucket: false,
  places: [],
  conditions: [],
};

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns the texts of a text or a list of texts; null for anything else. */
function texts(value: unknown): string[] | null {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.length > 0 && list.every(one => typeof one === 'string') ? (list as string[]) : null;
}

/** Whatever texts are in a value, for people to see. */
function anyTexts(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(anyTexts);
  return isJson(value) ? Object.values(value).flatMap(anyTexts) : [String(value)];
}

/** Reads a statement as it is written in the policy of a bucket. */
export function readStatement(raw: string, bucket: string): Statement {
  const fields = names(raw);
  const json: Json = fields ? (JSON.parse(raw) as Json) : {};
  let exact = fields !== null && new Set(fields).size === fields.length && fields.every(name => known.has(name));
  const must = (holds: boolean) => {
    exact &&= holds;
  };
  const not = {
    who: json.Principal === undefined && json.NotPrincipal !== undefined,
    actions: json.Action === undefined && json.NotAction !== undefined,
    places: json.Resource === undefined && json.NotResource !== undefined,
  };
  must(json.Effect === 'Allow' || json.Effect === 'Deny');
  must(json.Sid === undefined || typeof json.Sid === 'string');
  const who = readWho(not.who ? json.NotPrincipal : json.Principal, must);
  const actions = json.Action ?? json.NotAction;
  const resources = json.Resource ?? json.NotResource;
  must(texts(actions) !== null && texts(resources) !== null);
  const at = anyTexts(resources);
  const model: Model = {
    sid: typeof json.Sid === 'string' ? json.Sid : '',
    allow: json.Effect === 'Allow',
    everyone: who.some(isEverybody),
    who: who.filter(one => !isEverybody(one)),
    actions: [...new Set(anyTexts(actions).map(properAction))],
    bucket: at.includes(arn + bucket),
    places: [...new Set(at)].filter(name => name !== arn + bucket).map(name => readPlace(name, bucket)),
    conditions: readConditions(json.Condition, must),
  };
  must(!model.everyone || model.who.length === 0);
  // The fields of the builder have a line for a value.
  must(![...at, ...model.actions, ...model.conditions.flatMap(one => one.values)].some(text => /[\r\n]/.test(text)));
  must(fields === null || !repeats(raw));
  return { model, not, exact };
}

const isEverybody = ({ kind, value }: Principal) => kind === 'AWS' && value === '*';

function readWho(value: unknown, must: (holds: boolean) => void): Principal[] {
  if (!isJson(value)) {
    must(texts(value) !== null);
    return anyTexts(value).map(one => ({ kind: 'AWS', value: one }));
  }
  must(Object.keys(value).length > 0);
  return Object.entries(value).flatMap(([kind, list]) => {
    must(kinds.includes(kind) && texts(list) !== null);
    return anyTexts(list).map(one => ({ kind: kinds.includes(kind) ? (kind as PrincipalKind) : 'AWS', value: one }));
  });
}

/** Whether a text in a resource means more than itself. */
const isPattern = (text: string) => /[*?]|\$\{/.test(text);

function readPlace(name: string, bucket: string): Place {
  const other: Place = { kind: 'other', text: name };
  const inside = `${arn}${bucket}/`;
  if (!name.startsWith(inside)) return other;
  const path = name.slice(inside.length);
  if (path === '*') return { kind: 'all' };
  const folder = path.endsWith('*');
  const text = folder ? path.slice(0, -1) : path;
  return text === '' || isPattern(text) ? other : { kind: folder ? 'folder' : 'file', text };
}

function readConditions(value: unknown, must: (holds: boolean) => void): Condition[] {
  if (value === undefined) return [];
  must(isJson(value));
  return Object.entries(isJson(value) ? value : {}).flatMap(([operator, keys]) => {
    must(isJson(keys) && operator !== '__proto__');
    return Object.entries(isJson(keys) ? keys : { '': keys }).map(([key, given]) => {
      const list: unknown[] = Array.isArray(given) ? given : [given];
      must(
        list.length > 0 &&
          list.every(one => typeof one === 'string' || typeof one === 'boolean' || Number.isSafeInteger(one)),
      );
      return { operator, key, values: anyTexts(given) };
    });
  });
}

/** Whether an object anywhere in the text has one name twice, of which a reader would see the last alone. */
function repeats(raw: string): boolean {
  const bare = raw.replaceAll(/"(?:[^"\\]|\\.)*"|\s+/g, part => (part.startsWith('"') ? part : ''));
  const count = (text: string) => (text.match(/"(?:[^"\\]|\\.)*":/g) ?? []).length;
  return count(bare) !== count(JSON.stringify(JSON.parse(raw)));
}

/** Writes a statement into the policy of a bucket. */
export function writeStatement(model: Model, bucket: string): string {
  const who: Partial<Record<PrincipalKind, string[]>> = {};
  for (const { kind, value } of model.who) who[kind] = [...(who[kind] ?? []), value];
  const conditions: Record<string, Record<string, string[]>> = {};
  for (const { operator, key, values } of model.conditions)
    conditions[operator] = { ...conditions[operator], [key]: values };
  const places = model.places.map(place => {
    if (place.kind === 'other') return place.text;
    return `${arn}${bucket}/${place.kind === 'all' ? '*' : place.kind === 'folder' ? `${place.text}*` : place.text}`;
  });
  const json = {
    Sid: model.sid || undefined,
    Effect: model.allow ? 'Allow' : 'Deny',
    Principal: model.everyone ? '*' : who,
    Action: model.actions,
    Resource: [...(model.bucket ? [arn + bucket] : []), ...places],
    Condition: model.conditions.length > 0 ? conditions : undefined,
  };
  return JSON.stringify(json, null, 2);
}

/** Which levels a list of actions reaches: the bucket, its files; `sure` where an action is named in full. */
export function reach(actions: readonly string[]): { bucket: boolean; sureBucket: boolean; files: boolean } {
  const all = actions.flatMap(meant);
  const files = (name: string) => name !== 's3:ListAllMyBuckets' && !isBucketAction(name);
  return {
    bucket: actions.some(isEverything) || all.some(isBucketAction),
    sureBucket: actions.some(name => meant(name).length > 0 && !meant(name).some(files)),
    files: actions.some(isEverything) || all.some(files),
  };
}

/** Returns the model with the resources that its actions need, and without those that none of them can have. */
export function fitted(model: Model): Model {
  const { bucket, sureBucket, files } = reach(model.actions);
  return {
    ...model,
    bucket: sureBucket || (bucket && model.bucket),
    places: files ? model.places : model.places.filter(place => place.kind === 'other'),
  };
}

/** What is wrong with a statement, and the text that is; one for each kind of thing. */
export interface Fault {
  at: 'who' | 'actions' | 'where' | 'conditions';
  kind:
    | 'noWho'
    | 'badWho'
    | 'noActions'
    | 'badAction'
    | 'noWhere'
    | 'badPlace'
    | 'wildcard'
    | 'otherBucket'
    | 'noValue'
    | 'noKey'
    | 'twice'
    | 'badAddress'
    | 'badDate'
    | 'listOnly';
  value: string;
}

const uuid = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const userId = new RegExp(`^(\\d{8}[:|])?${uuid}$`, 'i');
const contract = /^\d{8}$/;
const canonical = /^[0-9a-f]{32}$/;

/** Whether a text can name somebody; whether there is such a person is known to the server alone. */
export function isPrincipal({ kind, value }: Principal): boolean {
  if (kind === 'Service') return /^[^*? ]+\.amazonaws\.com$/.test(value);
  if (kind === 'CanonicalUser') return canonical.test(value);
  const found = /^arn:aws:iam::(\d*):(root|user\/(.+))$/.exec(value);
  if (found) return found[2] === 'root' ? contract.test(found[1] ?? '') : idFits(found[3] ?? '', found[1] !== '');
  return contract.test(value) || idFits(value, false);
}

const idFits = (id: string, inContract: boolean) =>
  (userId.test(id) && (inContract || /[:|]/.test(id))) || (!inContract && canonical.test(id));

/** Returns what the server would refuse in a statement, as far as that can be told here. */
export function faultsOf(model: Model, bucket: string): Fault[] {
  const found: Fault[] = [];
  const add = (at: Fault['at'], kind: Fault['kind'], value = '') => found.push({ at, kind, value });
  if (!model.everyone && model.who.length === 0) add('who', 'noWho');
  for (const one of model.who) if (!isPrincipal(one)) add('who', 'badWho', one.value);
  if (model.actions.length === 0) add('actions', 'noActions');
  for (const name of model.actions)
    if (!isEverything(name) && meant(name).length === 0) add('actions', 'badAction', name);
  const { files } = reach(model.actions);
  if (files && model.places.length === 0 && !(model.bucket && reach(model.actions).bucket)) add('where', 'noWhere');
  for (const place of model.places) {
    if (place.kind === 'all') continue;
    if (place.text === '') add('where', 'badPlace');
    else if (place.kind !== 'other' && isPattern(place.text)) add('where', 'wildcard', place.text);
    else if (place.kind === 'other' && !reaches(place.text, bucket)) add('where', 'otherBucket', place.text);
  }
  const seen = new Set<string>();
  for (const one of model.conditions)
    conditionFaults(model, one, seen, (kind, value) => add('conditions', kind, value));
  return found;
}

/** Whether a resource can mean the bucket or a file in it. */
function reaches(name: string, bucket: string): boolean {
  if (name === '*') return true;
  if (!name.startsWith(arn)) return false;
  const of = name.slice(arn.length).split('/')[0] ?? '';
  const source = of
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(bucket);
}

const listKeys = ['s3:prefix', 's3:delimiter', 's3:max-keys'];
const date = /^(\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?|\d{1,12})$/;
const address = /^(\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?|[0-9a-f:.]*:[0-9a-f:.]*(\/\d{1,3})?)$/i;

function conditionFaults(
  model: Model,
  { operator, key, values }: Condition,
  seen: Set<string>,
  add: (kind: Fault['kind'], value: string) => void,
): void {
  if (operator.trim() === '' || key.trim() === '') add('noKey', key || operator);
  const mayBeEmpty = /String/.test(operator) && (values.length > 1 || /Equals/.test(operator));
  if (values.length === 0 || (!mayBeEmpty && values.some(value => value.trim() === ''))) add('noValue', key);
  if (seen.has(`${operator} ${key}`)) add('twice', key);
  seen.add(`${operator} ${key}`);
  if (/Address/.test(operator)) for (const value of values) if (value && !address.test(value)) add('badAddress', value);
  if (/Date/.test(operator)) for (const value of values) if (value && !date.test(value)) add('badDate', value);
  const lists = (name: string) => name === 's3:ListBucket' || name === 's3:ListBucketVersions';
  if (
    listKeys.includes(key.toLowerCase()) &&
    model.actions.some(name => !isEverything(name) && !meant(name).some(lists))
  )
    add('listOnly', key);
}
