import { expect, test } from 'vitest';
import { harmless } from '../../../mock/state.ts';
import { speaker } from '../../test/speaker.ts';
import { bucketActions, fileActions } from './actions.ts';
import { changesSay, faultSays, isGrave } from './report.ts';

const say = speaker('en');
const german = speaker('de');
const change = (action: string, ...where: string[]) => (where.length > 0 ? { action, where } : { action });

test('changes are told in the words of the builder, a line for each place', () => {
  const places = ['*', 'open/*'];
  expect(changesSay([change('s3:GetObject', 'open/*')], places, say)).toEqual(['read files in open/*']);
  expect(changesSay([change('s3:GetObject', 'open/*')], places, german)).toEqual(['Dateien lesen in open/*']);
  expect(changesSay([change('s3:GetObject', '*', 'open/*')], places, say)).toEqual(['read files in the whole bucket']);
  expect(changesSay([change('s3:GetObject', '*')], places, say)).toEqual(['read files everywhere but open/*']);
  expect(
    changesSay([change('s3:ListBucket'), change('s3:GetObject', '*'), change('s3:DeleteObject', '*')], ['*'], say),
  ).toEqual(['read files and delete files in the whole bucket', 'list the files']);
  expect(changesSay([change('s3:GetObjectAcl', '*')], ['*'], say)).toEqual(['use s3:GetObjectAcl in the whole bucket']);
  const everything = [...bucketActions.map(name => change(name)), ...fileActions.map(name => change(name, '*'))];
  const lines = changesSay(everything, ['*'], say);
  expect(lines.at(-1)).toMatch(/^use \d+ more actions$/);
  expect(lines.join()).toContain('decide who has access');
  expect(lines.join()).not.toContain('s3:');
});

test('faults are told in the chosen language, those that are not known here in the server’s words', () => {
  const told = (message: string, detail?: string, s = say) =>
    faultSays(s.t, { code: 'MalformedPolicy', message, detail }, 'b');
  expect(told('Invalid principal in policy', 'anna')).toBe('anna is nobody whom this server knows.');
  expect(told('Policy has invalid action', 's3:Fly', german)).toBe('s3:Fly ist keine Aktion von S3.');
  expect(told('Invalid effect: Permit', undefined, german)).toBe('Die Wirkung ist Allow oder Deny, nicht Permit.');
  expect(told('Missing required field Action')).toBe('Action is missing.');
  expect(told('Policy has invalid resource', 'arn:aws:s3:::c/*')).toContain('arn:aws:s3:::b');
  expect(told('The moon is full', 'x')).toBe('The moon is full: x');
});

test('a question is asked before a policy that opens the bucket or takes something from its author, and before no other', () => {
  const gains = [change('s3:GetObject', '*')];
  const opened = { ...harmless.everybody, gains };
  const lost = { ...harmless.you, loses: gains };
  expect(isGrave(harmless)).toBe(false);
  expect(isGrave({ ...harmless, you: { ...harmless.you, gains } })).toBe(false);
  expect(isGrave({ ...harmless, public: true })).toBe(false);
  expect(isGrave({ ...harmless, everybody: opened })).toBe(false);
  expect(isGrave({ ...harmless, public: true, everybody: opened })).toBe(true);
  expect(isGrave({ ...harmless, you: lost })).toBe(true);
  expect(isGrave({ ...harmless, complete: false })).toBe(true);
});
