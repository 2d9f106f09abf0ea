import { expect, test } from 'vitest';
import { speaker } from '../../test/speaker.ts';
import { readStatement } from './model.ts';
import { sentenceOf } from './sentence.ts';

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
