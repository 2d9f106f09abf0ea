import { expect, test } from 'vitest';
import * as settings from './settings.ts';
import { parseVersions } from './versions.ts';

test('CORS rules, tags and retention come back as they were written, whatever characters they have', () => {
  const rules = [
    {
      origins: ['https://a.example?x=1&y=<2>', '*'],
      methods: ['GET', 'PUT'],
      headers: ['*'],
      expose: ['ETag'],
      maxAge: '60',
      id: 'one',
    },
    { origins: ['*'], methods: ['HEAD'], headers: [], expose: [], maxAge: '', id: '' },
  ];
  expect(settings.parseCors(settings.corsXml(rules))).toEqual(rules);
  const tags = [
    { key: 'a & b', value: '<ü>' },
    { key: 'empty', value: '' },
  ];
  expect(settings.parseTags(settings.tagsXml(tags))).toEqual(tags);
  for (const retention of [
    { mode: 'GOVERNANCE', unit: 'Days', count: 30 },
    { mode: 'COMPLIANCE', unit: 'Years', count: 7 },
    null,
  ] as const)
    expect(settings.parseLock(settings.lockXml(retention))).toEqual({ enabled: true, retention });
});

test('a history has versions and markers in the order told, keys decoded, and says where it goes on', () => {
  const page =
    parseVersions(`<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType>
    <IsTruncated>true</IsTruncated><NextKeyMarker>a%20b</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker>
    <DeleteMarker><Key>a%20b</Key><VersionId>v2</VersionId><IsLatest>true</IsLatest><LastModified>2026-01-02T03:04:05Z</LastModified></DeleteMarker>
    <Version><Key>a%20b</Key><VersionId>v1</VersionId><IsLatest>false</IsLatest><ETag>"e"</ETag><Size>7</Size></Version></ListVersionsResult>`);
  expect(page.versions.map(({ key, versionId, kind, latest, size }) => [key, versionId, kind, latest, size])).toEqual([
    ['a b', 'v2', 'marker', true, 0],
    ['a b', 'v1', 'version', false, 7],
  ]);
  expect(page.next).toEqual({ key: 'a b', versionId: 'v1' });
});
