import type { Failure } from '../../api/failure.ts';

/**
 * Where an upload stands. `interrupted` is one that an earlier page load began and whose file has to be chosen again;
 * `conflict` waits for the person's choice because the name is taken.
 */
export type TransferState =
  | 'waiting'
  | 'running'
  | 'paused'
  | 'conflict'
  | 'interrupted'
  | 'done'
  | 'skipped'
  | 'failed'
  | 'cancelled';

/** What to do when the name is taken. */
export type Conflict = 'ask' | 'overwrite' | 'keep' | 'skip';

/** An upload as the page shows it. */
export interface Transfer {
  readonly id: number;
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  readonly state: TransferState;
  /** Bytes that the server has, or that are on the way to it. */
  readonly sent: number;
  readonly failure: Failure | null;
}

/** A file and its place below the open folder, as `photos/a.jpg`. */
export interface PickedFile {
  path: string;
  file: File;
}

/** States in which an upload still has work before it. */
export const open: readonly TransferState[] = ['waiting', 'running', 'paused', 'conflict'];
/** States in which an upload is at work by itself. */
export const moving: readonly TransferState[] = ['waiting', 'running'];
