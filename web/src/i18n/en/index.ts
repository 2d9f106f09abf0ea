import { buckets } from './buckets.ts';
import { keys } from './keys.ts';
import { objects } from './objects.ts';
import { people } from './people.ts';
import { records } from './records.ts';
import { rules } from './rules.ts';
import { session } from './session.ts';
import { settings } from './settings.ts';
import { shell } from './shell.ts';

/** English, which also says which messages there are. */
export const en = {
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
