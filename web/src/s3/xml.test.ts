import { expect, test } from 'vitest';
import { Failure } from '../api/failure.ts';
import * as xml from './xml.ts';

const listing = `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>b</Name><Prefix>a%20folder/</Prefix><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
  <NextContinuationToken>next+token/=</NextContinuationToken>
  <Contents><Key>a%20folder/</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>&quot;0&quot;</ETag><Size>0</Size></Contents>
  <Contents><Key>a%20folder/caf%C3%A9%2Bx.txt</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>
    <ETag>&quot;d41d8cd98f00b204e9800998ecf8427e-2&quot;</ETag><Size>5368709120</Size><StorageClass>STANDARD</StorageClass></Contents>
  <CommonPrefixes><Prefix>a%20folder/sub+dir/</Prefix></CommonPrefixes>
</ListBucketResult>`;

test('a listing has folders first, keys decoded and the marker of the folder itself left out', () => {
  const page = xml.parseObjects(listing, 'a folder/');
  expect(page.entries.map(({ kind, key, name, size }) => ({ kind, key, name, size }))).toEqual([
    { kind: 'folder', key: 'a folder/sub dir/', name: 'sub dir/', size: 0 },
    { kind: 'object', key: 'a folder/café+x.txt', name: 'café+x.txt', size: 5368709120 },
  ]);
  expect(page.entries[1]?.etag).toBe('d41d8cd98f00b204e9800998ecf8427e-2');
  expect(page.entries[1]?.modified?.toISOString()).toBe('2026-01-02T03:04:05.000Z');
  expect(page.next).toBe('next+token/=');
});

test('keys of a listing without url encoding stay as they are', () => {
  const plain = '<ListBucketResult><Contents><Key>100%25+a</Key><Size>1</Size></Contents></ListBucketResult>';
  expect(xml.parseObjects(plain, '').entries[0]?.key).toBe('100%25+a');
  expect(xml.parseObjects(plain, '').next).toBe('');
});

test('an answer that is not the expected XML is a failure that says so', () => {
  for (const text of ['<html><body>proxy</body></html>', 'nonsense', '', '<ListBucketResult>']) {
    expect(() => xml.parseObjects(text, '')).toThrow(Failure);
  }
});

test('buckets carry their region, which may be missing', () => {
  const text = `<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Buckets>
    <Bucket><Name>one</Name><CreationDate>2026-01-01T00:00:00Z</CreationDate><BucketRegion>local-2</BucketRegion></Bucket>
    <Bucket><Name>two</Name><CreationDate>never</CreationDate></Bucket></Buckets><ContinuationToken>t</ContinuationToken></ListAllMyBucketsResult>`;
  const { buckets, next } = xml.parseBuckets(text);
  expect(buckets.map(bucket => [bucket.name, bucket.region, bucket.created?.getFullYear()])).toEqual([
    ['one', 'local-2', 2026],
    ['two', '', undefined],
  ]);
  expect(next).toBe('t');
});

test('errors keep the code, the message and the request, and a status alone is enough', () => {
  const full = xml.parseError(
    404,
    '<Error><Code>NoSuchBucket</Code><Message>Gone &amp; away.</Message><RequestId>r1</RequestId></Error>',
    new Headers({ 'Retry-After': '7' }),
  );
  expect(full).toMatchObject({
    kind: 'notFound',
    status: 404,
    code: 'NoSuchBucket',
    message: 'Gone & away.',
    requestId: 'r1',
    retryAfter: 7,
  });
  const bare = xml.parseError(503, '', new Headers({ 'x-amz-request-id': 'r2' }));
  expect(bare).toMatchObject({ kind: 'busy', code: '', message: 'HTTP 503', requestId: 'r2' });
  expect(xml.parseError(403, '<html/>', new Headers()).kind).toBe('denied');
});

test('multi-delete reports what was refused, and the markers that undo the rest', () => {
  expect(
    xml.parseDeleted(
      '<DeleteResult><Deleted><Key>b</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>v1</DeleteMarkerVersionId></Deleted><Deleted><Key>c</Key></Deleted><Error><Key>a</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>',
    ),
  ).toEqual({
    errors: [{ key: 'a', code: 'AccessDenied', message: 'no' }],
    markers: [{ key: 'b', versionId: 'v1' }],
  });
  expect(xml.parseDeleted('<DeleteResult/>')).toEqual({ errors: [], markers: [] });
});

test('parts tell their checksums and the next page', () => {
  const text = `<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>2</NextPartNumberMarker>
    <Part><PartNumber>2</PartNumber><ETag>"e"</ETag><Size>8</Size><ChecksumCRC32>y/Q5Jg==</ChecksumCRC32></Part></ListPartsResult>`;
  expect(xml.parseParts(text)).toEqual({ parts: [{ number: 2, etag: '"e"', size: 8, crc32: 'y/Q5Jg==' }], next: '2' });
});

test('what is sent is escaped', () => {
  expect(xml.deleteXml([{ key: 'a&b<c>\u0001\n' }])).toContain('<Key>a&amp;b&lt;c&gt;&#1;&#10;</Key>');
  const parts = [{ number: 1, etag: '"e"', size: 1, crc32: 'abc=' }];
  expect(xml.completeXml(parts)).toContain(
    '<Part><PartNumber>1</PartNumber><ETag>"e"</ETag><ChecksumCRC32>abc=</ChecksumCRC32></Part>',
  );
  expect(xml.createBucketXml('local-1')).toContain('<LocationConstraint>local-1</LocationConstraint>');
});
