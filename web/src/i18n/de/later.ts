import { objects } from './objects.ts';
import { people } from './people.ts';
import { records } from './records.ts';
import { rules } from './rules.ts';
import { settings } from './settings.ts';

/** The words of the pages behind the first one. */
export const later = {
  ...objects,
  ...people,
  ...records,
  ...rules,
  ...settings,
};
