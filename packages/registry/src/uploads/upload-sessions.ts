import type { Clock, Logger } from '@slipway/core';
import type { ContentStore, DigestAlgorithm, Ingest } from '@slipway/oci';
import { RegistryError } from '../registry-error.ts';
import { excerpt } from '../repository-name.ts';

interface Session {
  /** After a restart that of the first request: the id, 128 random bits, is what gives access. */
  readonly repository: string;
  readonly ingest: Ingest;
  busy: boolean;
  lastUsed: number;
}

/** An open file and a hash state wait this long for the next chunk; afterwards the session is reopened from its file. */
const IDLE_MS = 5 * 60_000;
/** Open files that uploads may take; beyond it those that wait longest are closed, and opened again when they go on. */
const MAX_OPEN = 256;

/** Uploads in progress: files of the content store that survive a restart, kept open while chunks arrive. */
export class UploadSessions {
  readonly #store: ContentStore;
  readonly #clock: Clock;
  readonly #expiryMs: number;
  readonly #sessions = new Map<string, Session>();

  constructor(o: { store: ContentStore; clock: Clock; expiryMs: number }) {
    this.#store = o.store;
    this.#clock = o.clock;
    this.#expiryMs = o.expiryMs;
  }

  /** Begins an upload and returns its id. */
  async begin(repository: string, algorithm: DigestAlgorithm): Promise<string> {
    await this.#closeOldest();
    const ingest = await this.#store.begin({ algorithm });
    this.#sessions.set(ingest.id, { repository, ingest, busy: false, lastUsed: this.#now() });
    return ingest.id;
  }

  /** Bytes that the upload has. Throws BLOB_UPLOAD_UNKNOWN. */
  async offset(repository: string, id: string): Promise<number> {
    return (await this.#find(repository, id)).ingest.offset;
  }

  /** Runs `work` with the upload to itself. Throws BLOB_UPLOAD_UNKNOWN, and 409 while another request writes to it. */
  async use<T>(repository: string, id: string, work: (ingest: Ingest) => Promise<T>): Promise<T> {
    let session = await this.#find(repository, id);
    // It may have been closed for being idle between the two.
    while (this.#sessions.get(id) !== session) session = await this.#find(repository, id);
    if (session.busy) {
      throw new RegistryError('BLOB_UPLOAD_INVALID', `another request is writing to upload ${id}`, {
        status: 409,
      });
    }
    session.busy = true;
    try {
      return await work(session.ingest);
    } finally {
      session.busy = false;
      session.lastUsed = this.#now();
    }
  }

  /** Forgets an upload that `use` committed or aborted. */
  forget(id: string): void {
    this.#sessions.delete(id);
  }

  /** Closes the files of idle uploads and removes those that expired; returns how many were removed. */
  async sweep(): Promise<number> {
    const now = this.#now();
    for (const [id, session] of this.#sessions) {
      if (!session.busy && session.lastUsed + Math.min(IDLE_MS, this.#expiryMs) < now)
        await this.#detach(id, session);
    }
    return (await this.#store.expireSessions(new Date(now - this.#expiryMs))).length;
  }

  /** Closes all files; the uploads can go on after a restart. */
  async close(logger: Logger): Promise<void> {
    for (const [id, session] of this.#sessions) {
      await this.#detach(id, session).catch((error: unknown) =>
        logger.warn('could not close an upload', { id, error: String(error) }),
      );
    }
  }

  async #closeOldest(): Promise<void> {
    if (this.#sessions.size < MAX_OPEN) return;
    const idle = [...this.#sessions].filter(([, session]) => !session.busy);
    idle.sort(([, a], [, b]) => a.lastUsed - b.lastUsed);
    for (const [id, session] of idle.slice(0, MAX_OPEN / 4)) await this.#detach(id, session);
  }

  async #detach(id: string, session: Session): Promise<void> {
    this.#sessions.delete(id);
    await session.ingest.detach();
  }

  async #find(repository: string, id: string): Promise<Session> {
    const known = this.#sessions.get(id);
    if (known?.repository === repository) return known;
    const ingest = known === undefined ? await this.#store.resume(id) : undefined;
    if (ingest === undefined) {
      throw new RegistryError('BLOB_UPLOAD_UNKNOWN', `${repository} has no upload "${excerpt(id)}"`, {
        hint: 'it was finished or cancelled, or it expired; begin again with POST',
      });
    }
    const session = { repository, ingest, busy: false, lastUsed: this.#now() };
    this.#sessions.set(id, session);
    return session;
  }

  #now(): number {
    return this.#clock.now().getTime();
  }
}
