import { expect, test } from 'vitest';
import { aclXml, lifecycleXml, parseAcl, parseLifecycle, parseWebsite, websiteXml } from './rules.ts';

const rule = {
  id: 'old',
  on: true,
  prefix: 'logs/<a>',
  tags: '',
  larger: '',
  smaller: '',
  expireDays: '30',
  expireOn: '',
  noncurrentDays: '7',
  keepNewest: '2',
  markers: false,
  abortDays: '3',
  raw: undefined,
};

test('a rule is written as it is read', () => {
  expect(parseLifecycle(lifecycleXml([rule]))).toEqual([rule]);
  const markers = {
    ...rule,
    expireDays: '',
    noncurrentDays: '',
    keepNewest: '',
    abortDays: '',
    markers: true,
    on: false,
  };
  expect(parseLifecycle(lifecycleXml([markers]))).toEqual([markers]);
});

test('filters by tags and sizes, and a day, are read and written', () => {
  const filtered = { ...rule, abortDays: '', tags: 'a=b\nempty=', larger: '10', smaller: '999' };
  expect(parseLifecycle(lifecycleXml([filtered]))).toEqual([filtered]);
  expect(lifecycleXml([filtered])).toContain('<Filter><And><Prefix>');
  const one = {
    ...filtered,
    prefix: '',
    tags: 'a=x=y',
    larger: '',
    smaller: '',
    expireDays: '',
    expireOn: '2027-01-31',
  };
  expect(lifecycleXml([one])).toContain('<Filter><Tag><Key>a</Key><Value>x=y</Value></Tag></Filter>');
  expect(lifecycleXml([one])).toContain('<Date>2027-01-31T00:00:00.000Z</Date>');
  expect(parseLifecycle(lifecycleXml([one]))).toEqual([one]);
});

test('a rule that says more than the form knows is kept whole', () => {
  const kept = (inner: string) => {
    const [read] = parseLifecycle(
      `<LifecycleConfiguration><Rule><ID>t</ID>${inner}<Status>Enabled</Status></Rule></LifecycleConfiguration>`,
    );
    return read?.raw ? lifecycleXml([read]) : undefined;
  };
  expect(kept('<Filter/><Transition><Days>1</Days></Transition>')).toContain('<Transition><Days>1</Days></Transition>');
  expect(
    kept('<Filter><Tag><Key>a=b</Key><Value>c</Value></Tag></Filter><Expiration><Days>1</Days></Expiration>'),
  ).toContain('<Key>a=b</Key>');
  expect(kept('<Filter/><Expiration><Days>1</Days></Expiration>')).toBeUndefined();
});

test('rules of redirection are read, and written as they mean', () => {
  const kept = parseWebsite(
    '<WebsiteConfiguration><IndexDocument><Suffix>a.html</Suffix></IndexDocument><RoutingRules><RoutingRule><Condition><KeyPrefixEquals>docs/</KeyPrefixEquals><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition><Redirect><Protocol>https</Protocol><HostName>x</HostName><ReplaceKeyPrefixWith></ReplaceKeyPrefixWith><HttpRedirectCode>302</HttpRedirectCode></Redirect></RoutingRule><RoutingRule><Redirect><ReplaceKeyWith>b&amp;c</ReplaceKeyWith></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>',
  );
  const first = { prefix: 'docs/', error: '404', host: 'x', protocol: 'https', key: 'prefix', to: '', code: '302' };
  const second = { prefix: '', error: '', host: '', protocol: '', key: 'whole', to: 'b&c', code: '' };
  expect(kept.rules).toEqual([first, second]);
  expect(parseWebsite(websiteXml({ ...kept, index: 'b.html' }))).toEqual({ ...kept, index: 'b.html' });
  const all = parseWebsite(
    '<WebsiteConfiguration><RedirectAllRequestsTo><HostName>y</HostName><Protocol>https</Protocol></RedirectAllRequestsTo></WebsiteConfiguration>',
  );
  expect(parseWebsite(websiteXml(all))).toEqual(all);
});

test('an access control list names ids and groups, and is written as it was read', () => {
  const acl = parseAcl(
    '<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList><Grant><Grantee><ID>me</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant><Grant><Grantee><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>',
  );
  expect(acl.owner).toBe('me');
  expect(acl.grants.map(one => one.to)).toEqual(['me', 'http://acs.amazonaws.com/groups/global/AllUsers']);
  expect(parseAcl(aclXml(acl))).toEqual(acl);
  const grants = [{ to: 'a&b@example.org', permission: 'WRITE' as const }];
  expect(aclXml({ owner: 'me', grants })).toContain(
    'xsi:type="AmazonCustomerByEmail"><EmailAddress>a&amp;b@example.org</EmailAddress></Grantee><Permission>WRITE',
  );
});
