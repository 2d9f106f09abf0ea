import { first } from './first.ts';
import { later } from './later.ts';

/** English, which also says which messages there are. */
export const en = { ...first, ...later };
