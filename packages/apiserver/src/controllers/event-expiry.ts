import type { Event } from '@slipway/kube';
import type { ServerContext } from '../context.ts';
import { deleteObject } from '../verbs/delete.ts';
import { systemRequest } from './system-request.ts';
import { WorkList } from './work-list.ts';

/** Events are kept for an hour after they were last seen, as in Kubernetes. */
const KEEP_MS = 60 * 60 * 1000;
const LOOK_EVERY_MS = 5 * 60 * 1000;

/** Deletes old events. */
export class EventExpiry implements AsyncDisposable {
  readonly #timer: NodeJS.Timeout;
  readonly #work: WorkList;

  constructor(context: ServerContext) {
    this.#work = new WorkList(() => deleteOldEvents(context), context.logger);
    this.#timer = setInterval(() => this.#work.add('events'), LOOK_EVERY_MS).unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#work[Symbol.asyncDispose]();
  }
}

async function deleteOldEvents(context: ServerContext): Promise<void> {
  const limit = context.clock.now().getTime() - KEEP_MS;
  for (const { key, object } of context.store.list({ resource: '/events' }).items) {
    const { lastTimestamp, eventTime, metadata } = object as Event;
    const seen = Date.parse(lastTimestamp || eventTime || metadata.creationTimestamp || '');
    const request = systemRequest(context, key);
    if (seen < limit && request !== undefined) await deleteObject(context, request);
  }
}
