import type { en } from '../en/index.ts';
import type { Translation } from '../message.ts';
import { buckets } from './buckets.ts';
import { keys } from './keys.ts';
import { objects } from './objects.ts';
import { people } from './people.ts';
import { records } from './records.ts';
import { rules } from './rules.ts';
import { session } from './session.ts';
import { settings } from './settings.ts';
import { shell } from './shell.ts';

/** German; a message that is missing or has no English twin does not compile. */
export const de: Translation<typeof en> = {
  ...settings,
  ...shell,
  ...session,
  ...keys,
  ...buckets,
  ...objects,
  ...people,
  ...records,
  ...rules,
};
