import { expect, test } from 'vitest';
import { policy as german } from '../../i18n/de/policy.ts';
import { policy as english } from '../../i18n/en/policy.ts';
import { makeTranslate } from '../../i18n/index.tsx';
import { blamed, effectsOf, isPublic, type Self } from './effects.ts';
import { readStatement } from './model.ts';
import { type Speaker, sentenceOf } from './sentence.ts';

function speaker(locale: 'en' | 'de'): Speaker {
  const join = (type: 'conjunction' | 'disjunction') => {
    const format = new Intl.ListFormat(locale, { type });
    return (list: string[]) => format.format(list);
  };
  return {
    t: makeTranslate<typeof english>(locale === 'de' ? german : english, locale),
    and: join('conjunction'),
    or: join('disjunction'),
    dateTime: value => value.slice(0, 10),
    name: ({ value }) => (value.includes('anna') ? 'Anna' : value),
  };
}
const says = (statement: object, locale: 'en' | 'de' = 'en') =>
  sentenceOf(readStatement(JSON.stringify(statement), 'b'), speaker(locale));

const read = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/photos/*' };
const https = { Bool: { 'aws:SecureTransport': 'true' } };
const http = { Bool: { 'aws:SecureTransport': false } };

test('statements are plain sentences', () => {
  expect(says({ ...read, Condition: https })).toBe('Everyone may read files under photos/ – only over HTTPS.');
  expect(says({ ...read, Condition: https }, 'de')).toBe('Alle dürfen unter photos/ Dateien lesen – nur über HTTPS.');
  const shut = { ...read, Effect: 'Deny', Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::b/*' };
  expect(says({ ...shut, Condition: http })).toBe(
    'Nobody may read files or upload and replace files in the whole bucket – if the request comes without HTTPS.',
  );
  expect(says({ ...shut, Principal: { AWS: 'anna' } }, 'de')).toBe(
    'Anna darf im ganzen Bucket nicht Dateien lesen oder Dateien hochladen und ersetzen.',
  );
  expect(
    says({ ...read, Principal: { AWS: ['anna', '32000000'] }, Action: ['s3:ListBucket'], Resource: 'arn:aws:s3:::b' }),
  ).toBe('Anna and 32000000 may list the files.');
  expect(
    says({
      ...read,
      Action: ['s3:GetObject', 's3:GetObjectAcl', 's3:GetObjectAttributes'],
      Resource: ['arn:aws:s3:::b/a', 'arn:aws:s3:::b/x', 'arn:aws:s3:::b/log-*', 'arn:aws:s3:::b/*.jpg'],
      Condition: {
        IpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '198.51.100.1'] },
        DateLessThan: { 'aws:CurrentTime': '2027-01-31T00:00:00Z' },
        StringEquals: { 's3:authType': 'REST-HEADER' },
      },
    }),
  ).toBe(
    'Everyone may read files and use s3:GetObjectAcl where names begin with log-, in the file a and x, and at arn:aws:s3:::b/*.jpg – only from 192.0.2.0/24 or 198.51.100.1, before 2027-01-31, and where s3:authType StringEquals REST-HEADER.',
  );
});

test('what the builder cannot edit is a sentence too', () => {
  expect(says({ Effect: 'Deny', NotPrincipal: { AWS: 'anna' }, Action: 's3:*', Resource: '*' })).toBe(
    'Everyone but Anna may not do anything in the whole bucket.',
  );
  expect(
    says({ Effect: 'Deny', Principal: '*', NotAction: 's3:GetObject', NotResource: 'arn:aws:s3:::b/open/*' }),
  ).toBe('Nobody may do anything but read files everywhere but open/.');
  expect(says({ Effect: 'Permit' })).toBe('… may not ….');
});

const self: Self = {
  contract: '31000000',
  userId: 'u1',
  canonical: 'c1',
  secure: false,
  manages: false,
  now: Date.parse('2026-06-01T00:00:00Z'),
};
const policyOf = (...list: object[]) => JSON.stringify({ Statement: list });

test('public is what the server calls so', () => {
  const open = (more: object) => isPublic(readStatement(JSON.stringify({ ...read, ...more }), 'b'));
  expect(open({})).toBe(true);
  expect(open({ Condition: https })).toBe(true);
  expect(open({ Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } })).toBe(false);
  expect(open({ Condition: { IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } } })).toBe(true);
  expect(open({ Condition: { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } })).toBe(true);
  expect(open({ Effect: 'Deny' })).toBe(false);
  expect(open({ Principal: { AWS: '31000000' } })).toBe(false);
});

test('a change tells whom it opens to and what it takes from oneself', () => {
  const deny = { ...read, Effect: 'Deny' };
  const mine = { ...read, Principal: { AWS: 'arn:aws:iam:::user/31000000:u1' } };
  const counts = (before: string, after: string, who = self) => {
    const { opens, refusesSelf, mayRefuseSelf, losesSelf } = effectsOf(before, after, 'b', who);
    return [opens.length, refusesSelf.length, mayRefuseSelf.length, losesSelf.length];
  };
  expect(counts('', policyOf(read))).toEqual([1, 0, 0, 0]);
  expect(counts(policyOf(read), policyOf(read))).toEqual([0, 0, 0, 0]);
  expect(counts('', policyOf(deny))).toEqual([0, 1, 0, 0]);
  expect(counts('', policyOf({ ...deny, Condition: http }))).toEqual([0, 1, 0, 0]);
  expect(counts('', policyOf({ ...deny, Condition: http }), { ...self, secure: true })).toEqual([0, 0, 0, 0]);
  expect(counts('', policyOf({ ...deny, Condition: { NotIpAddress: { 'aws:SourceIp': '192.0.2.1' } } }))).toEqual([
    0, 0, 1, 0,
  ]);
  expect(counts('', policyOf({ ...deny, Principal: { AWS: '32000000' } }))).toEqual([0, 0, 0, 0]);
  expect(counts('', policyOf({ ...deny, Principal: { CanonicalUser: 'c1' } }))).toEqual([0, 1, 0, 0]);
  expect(counts(policyOf(mine), '')).toEqual([0, 0, 0, 1]);
  expect(counts(policyOf(mine), '', { ...self, manages: true })).toEqual([0, 0, 0, 0]);
  expect(counts(policyOf(mine), policyOf({ ...mine, Sid: 'Named' }))).toEqual([0, 0, 0, 0]);
});

test('a refusal of the server finds its statement', () => {
  const raws = [
    read,
    { ...read, Principal: { AWS: 'anna' } },
    { ...read, Action: 's3:Fly' },
    { ...read, Resource: 'arn:aws:s3:::other/*' },
    { ...read, Effect: 'Permit' },
    { ...read, Resource: 'arn:aws:s3:::b' },
    { ...read, Condition: { StringLike: { 's3:prefix': 'x' } } },
    { ...read, Condition: { Wrong: { 'aws:SourceIp': 'x' } } },
  ].map(one => JSON.stringify(one));
  const found = (message: string) => blamed(message, raws, 'b');
  expect(found('Invalid principal in policy')).toBe(1);
  expect(found('Policy has invalid action')).toBe(2);
  expect(found('Policy has invalid resource')).toBe(3);
  expect(found('Invalid effect: Permit')).toBe(4);
  expect(found('Action does not apply to any resource(s) in statement')).toBe(5);
  expect(found('Conditions do not apply to combination of actions and resources in statement')).toBe(6);
  expect(found('Invalid Condition type : Wrong')).toBe(7);
  expect(found('Something else')).toBeNull();
  expect(blamed('Something else', ['{}'], 'b')).toBe(0);
  expect(blamed('Something else', [], 'b')).toBeNull();
});
