import { buckets } from './buckets.ts';
import { keys } from './keys.ts';
import { session } from './session.ts';
import { shell } from './shell.ts';
import { transfers } from './transfers.ts';

/** The words of signing in and of the first page; the rest is loaded behind them. */
export const first = {
  ...shell,
  ...session,
  ...keys,
  ...buckets,
  ...transfers,
};
