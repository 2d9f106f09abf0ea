import { asFailure, Failure } from '../../api/failure.ts';
import { type Journal, type JournalEntry, sameFile } from './journal.ts';
import { type Conflict, moving, open, type PickedFile, type Transfer } from './types.ts';
import { type Begun, NameTaken, type Sizes, upload, type Wire } from './upload.ts';

interface Job {
  view: Transfer;
  file: File | null;
  conflict: Conflict;
  begun: Begun | null;
  entry: JournalEntry | null;
  control: AbortController;
  /** Ends when the last attempt has let go of the file. */
  attempted: Promise<void>;
}

interface Parts {
  wire: Wire;
  journal: Journal;
  sizes: Sizes;
  /** Told when an object has arrived, so that lists can be read again. */
  onArrived: (bucket: string, key: string) => void;
  /** Milliseconds that pass between two tellings of progress. */
  tellEvery: number;
}

/** Files under way at the same time; one that goes in parts counts as two. */
export const filesAtOnce = 8;

/** Runs the uploads of a page: a queue, a few at a time; each can be paused, continued, cancelled and tried again. */
export class Engine {
  private readonly parts: Parts;
  private jobs: Job[] = [];
  /** Those that wait, first come first; one that no longer waits when its turn comes is passed over. */
  private queue: Job[] = [];
  private busy = 0;
  private snapshot: readonly Transfer[] = [];
  private readonly listeners = new Set<() => void>();
  private lastId = 0;
  private user = '';
  private timer: ReturnType<typeof setTimeout> | null = null;
  private lastTold = 0;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** The uploads, newest last; a new list whenever something changed. */
  readonly list = (): readonly Transfer[] => this.snapshot;

  /** How many uploads still have work before them. */
  running(): number {
    return this.jobs.filter(job => open.includes(job.view.state)).length;
  }

  /** Says whose uploads these are, and shows those of an earlier page load that did not end. */
  async begin(user: string): Promise<void> {
    if (user === this.user) return;
    this.user = user;
    this.jobs = this.jobs.filter(job => job.view.state !== 'interrupted');
    for (const entry of await this.parts.journal.all(user)) {
      if (this.user !== user) return;
      if (this.jobs.some(job => job.begun?.uploadId === entry.uploadId)) continue;
      this.jobs.push(this.interrupted(entry));
    }
    this.tell();
  }

  /** Takes files to upload below a folder. A file whose upload was interrupted goes on where it stopped. */
  add(bucket: string, folder: string, files: PickedFile[]): void {
    for (const { path, file } of files) {
      const key = folder + path;
      const earlier = this.jobs.find(job => this.continues(job, bucket, key, file));
      if (earlier) {
        this.goOn(earlier, file);
        continue;
      }
      const job: Job = {
        view: { id: ++this.lastId, bucket, key, size: file.size, state: 'waiting', sent: 0, failure: null },
        file,
        conflict: 'ask',
        begun: null,
        entry: null,
        control: new AbortController(),
        attempted: Promise.resolve(),
      };
      this.jobs.push(job);
      this.queue.push(job);
    }
    this.tell();
    this.start();
  }

  /** Continues an interrupted upload with its file; false when it is another file. */
  choose(id: number, file: File): boolean {
    const job = this.find(id);
    if (!job?.entry || job.view.state !== 'interrupted' || !sameFile(job.entry, file)) return false;
    this.goOn(job, file);
    this.tell();
    this.start();
    return true;
  }

  pause(id: number): void {
    const job = this.find(id);
    if (!job || !moving.includes(job.view.state)) return;
    this.set(job, { state: 'paused' });
    job.control.abort(new DOMException('paused', 'AbortError'));
    this.start();
  }

  /** Continues a paused upload, or tries a failed one again. */
  resume(id: number): void {
    const job = this.find(id);
    if (!job || (job.view.state !== 'paused' && job.view.state !== 'failed')) return;
    job.control = new AbortController();
    this.set(job, { state: 'waiting', failure: null });
    this.start();
  }

  /** Gives an upload up; what the server holds of it is dropped there. */
  cancel(id: number): void {
    const job = this.find(id);
    if (!job || job.view.state === 'done' || job.view.state === 'cancelled') return;
    this.set(job, { state: 'cancelled' });
    job.control.abort(new DOMException('cancelled', 'AbortError'));
    void this.drop(job);
    this.start();
  }

  /** Answers the question of a taken name, for one upload or for all that ask. */
  resolve(id: number, choice: Exclude<Conflict, 'ask'>, all: boolean): void {
    const asking = all ? this.jobs.filter(job => job.view.state === 'conflict') : [this.find(id)];
    for (const job of asking) if (job?.view.state === 'conflict') this.decide(job, choice);
    if (all)
      for (const job of this.jobs) if (moving.includes(job.view.state) && job.conflict === 'ask') job.conflict = choice;
    this.start();
  }

  cancelAll(): void {
    for (const job of this.jobs) if (open.includes(job.view.state)) this.cancel(job.view.id);
  }

  pauseAll(): void {
    for (const job of [...this.jobs].reverse()) this.pause(job.view.id);
  }

  resumeAll(): void {
    for (const job of this.jobs) this.resume(job.view.id);
  }

  /** Forgets the uploads that have ended. */
  clear(): void {
    this.jobs = this.jobs.filter(job => open.includes(job.view.state) || job.view.state === 'interrupted');
    this.tell();
  }

  private find(id: number): Job | undefined {
    return this.jobs.find(job => job.view.id === id);
  }

  private interrupted(entry: JournalEntry): Job {
    const { bucket, key, size } = entry;
    return {
      view: { id: ++this.lastId, bucket, key, size, state: 'interrupted', sent: 0, failure: null },
      file: null,
      conflict: 'ask',
      begun: { uploadId: entry.uploadId, partSize: entry.partSize, stored: new Map() },
      entry,
      control: new AbortController(),
      attempted: Promise.resolve(),
    };
  }

  private continues(job: Job, bucket: string, key: string, file: File): boolean {
    const { view, entry } = job;
    return (
      view.state === 'interrupted' &&
      view.bucket === bucket &&
      view.key === key &&
      entry !== null &&
      sameFile(entry, file)
    );
  }

  private goOn(job: Job, file: File): void {
    job.file = file;
    job.control = new AbortController();
    this.set(job, { state: 'waiting' });
  }

  private decide(job: Job, choice: Exclude<Conflict, 'ask'>): void {
    if (choice === 'skip') {
      this.set(job, { state: 'skipped' });
      void this.drop(job);
      return;
    }
    job.conflict = choice;
    job.control = new AbortController();
    this.set(job, { state: 'waiting' });
  }

  private start(): void {
    while (this.busy < filesAtOnce) {
      const job = this.queue.shift();
      if (!job) return;
      if (job.view.state !== 'waiting') continue;
      this.busy += this.weight(job);
      this.set(job, { state: 'running' });
      job.attempted = this.run(job, job.attempted);
    }
  }

  private weight(job: Job): number {
    return job.view.size > this.parts.sizes.single ? 2 : 1;
  }

  private async run(job: Job, before: Promise<void>): Promise<void> {
    const { control } = job;
    try {
      await before;
      control.signal.throwIfAborted();
      await this.attempt(job, control.signal);
      if (control.signal.aborted) return;
      if (job.begun) await this.parts.journal.remove(job.begun.uploadId);
      this.set(job, { state: 'done', sent: job.view.size });
      this.parts.onArrived(job.view.bucket, job.view.key);
    } catch (error) {
      if (!control.signal.aborted) this.fail(job, error);
    } finally {
      this.busy -= this.weight(job);
      this.start();
    }
  }

  private fail(job: Job, error: unknown): void {
    if (error instanceof NameTaken) {
      if (job.conflict === 'skip') this.decide(job, 'skip');
      else this.set(job, { state: 'conflict' });
      return;
    }
    const failure = asFailure(error);
    if (failure.code === 'NoSuchUpload') {
      // The server forgot the upload: trying again begins it anew.
      if (job.begun) void this.parts.journal.remove(job.begun.uploadId);
      job.begun = null;
    }
    // Whoever signs in again may go on from here.
    this.set(job, { state: failure.kind === 'signedOut' ? 'paused' : 'failed', failure });
  }

  /** Uploads under the wanted name, or under the next free one when both are to be kept. */
  private async attempt(job: Job, signal: AbortSignal): Promise<void> {
    for (let copy = 2; ; copy++) {
      try {
        return await this.once(job, signal);
      } catch (error) {
        if (!(error instanceof NameTaken) || job.conflict !== 'keep' || copy > 1000) throw error;
        await this.drop(job);
        this.set(job, { key: copyName(job.view.key, copy) });
      }
    }
  }

  private async once(job: Job, signal: AbortSignal): Promise<void> {
    const { wire, journal, sizes } = this.parts;
    const { bucket, key } = job.view;
    const file = job.file;
    if (!file)
      throw new Failure({
        kind: 'invalid',
        status: 0,
        code: 'NoFile',
        message: 'The file has to be chosen again.',
        requestId: '',
        retryAfter: 0,
      });
    if (job.begun && job.begun.stored.size === 0 && job.entry) {
      const known = await wire.parts(bucket, key, job.begun.uploadId, signal);
      job.begun.stored = new Map(known.filter(part => part.crc32).map(part => [part.number, part]));
    }
    await upload(wire, sizes, {
      bucket,
      key,
      file,
      contentType: file.type || 'application/octet-stream',
      overwrite: job.conflict === 'overwrite',
      begun: job.begun,
      onBegun: async begun => {
        job.begun = begun;
        job.entry = {
          uploadId: begun.uploadId,
          user: this.user,
          bucket,
          key,
          partSize: begun.partSize,
          fileName: file.name,
          size: file.size,
          lastModified: file.lastModified,
        };
        await journal.put(job.entry);
      },
      onSent: sent => {
        if (!signal.aborted) this.set(job, { sent });
      },
      signal,
    });
  }

  private async drop(job: Job): Promise<void> {
    const begun = job.begun;
    if (!begun) return;
    job.begun = null;
    job.entry = null;
    await this.parts.journal.remove(begun.uploadId);
    await this.parts.wire.abort(job.view.bucket, job.view.key, begun.uploadId).catch(() => undefined);
  }

  private set(job: Job, change: Partial<Transfer>): void {
    job.view = { ...job.view, ...change };
    if (change.state === 'waiting') this.queue.push(job);
    this.tell();
  }

  /** Tells the listeners, a few times a second at most: thousands of files change more often than anybody can look. */
  private tell(): void {
    if (this.timer !== null) return;
    const early = this.lastTold + this.parts.tellEvery - Date.now();
    if (early > 0) this.timer = setTimeout(() => this.tellNow(), early);
    else this.tellNow();
  }

  private tellNow(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.lastTold = Date.now();
    this.snapshot = this.jobs.map(job => job.view);
    for (const listener of this.listeners) listener();
  }
}

/** Returns the name of a copy: `a/b.txt` becomes `a/b (2).txt`, and that `a/b (3).txt`. */
export function copyName(key: string, copy: number): string {
  const slash = key.lastIndexOf('/') + 1;
  const name = key.slice(slash);
  const dot = name.lastIndexOf('.');
  const stem = (dot > 0 ? name.slice(0, dot) : name).replace(/ \(\d+\)$/, '');
  return `${key.slice(0, slash)}${stem} (${copy})${dot > 0 ? name.slice(dot) : ''}`;
}
