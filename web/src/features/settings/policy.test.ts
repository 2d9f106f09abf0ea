import { expect, test } from 'vitest';
import { jsonFault, needs, readings, statementOf, templates, withStatement } from './policy.ts';

test('every wish becomes a statement about this bucket alone', () => {
  for (const template of templates) {
    const given = needs(template) === 'user' ? ' 31000000:u1 ' : '192.0.2.0/24, 2001:db8::/32';
    const text = withStatement('', statementOf(template, 'mine', given));
    expect(jsonFault(text), template).toBeNull();
    const [reading] = readings(text);
    expect(
      reading?.resources.every(name => name === 'mine' || name === 'mine/*'),
      template,
    ).toBe(true);
    expect(reading?.who, template).toEqual(needs(template) === 'user' ? ['31000000:u1'] : null);
    if (template === 'addresses')
      expect(reading?.conditions).toEqual(['aws:SourceIp NotIpAddress 192.0.2.0/24, 2001:db8::/32']);
  }
});

test('a wish is added to what is there, and takes the place of itself', () => {
  const first = withStatement(
    '{"Id":"kept","Statement":{"Sid":"Mine","Effect":"Allow"}}',
    statementOf('publicRead', 'b', ''),
  );
  const second = JSON.parse(withStatement(first, statementOf('publicRead', 'other', '')));
  expect(second.Id).toBe('kept');
  expect(second.Statement.map((one: { Sid: string }) => one.Sid)).toEqual(['Mine', 'PublicRead']);
  expect(second.Statement[1].Resource).toEqual(['arn:aws:s3:::other/*']);
});

test('statements are read with what they leave out, and nonsense is read as nothing', () => {
  const [one] = readings(
    '{"Statement":[{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam:::user/31000000:u1"},"NotAction":"s3:GetObject","Resource":"*"}]}',
  );
  expect(one).toEqual({
    deny: true,
    who: ['≠ 31000000:u1'],
    actions: ['≠ s3:GetObject'],
    resources: ['*'],
    conditions: [],
  });
  expect(readings('nonsense')).toEqual([]);
  expect(readings('[1]')).toEqual([]);
  expect(jsonFault('{')).not.toBeNull();
});
