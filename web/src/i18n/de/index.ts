import type { en } from '../en/index.ts';
import type { Translation } from '../message.ts';
import { first } from './first.ts';
import { later } from './later.ts';

/** German; a message that is missing or has no English twin does not compile. */
export const de: Translation<typeof en> = { ...first, ...later };
