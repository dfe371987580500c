import type { StoreEvent } from './stored-object.ts';

export type StoreListener = (event: StoreEvent) => void;

/** Hands every committed event to its subscribers at once, in the order of revisions. */
export class EventHub {
  readonly #byResource = new Map<string, Set<StoreListener>>();
  readonly #all = new Set<StoreListener>();

  /** Calls `listener` for the events of one resource (`<group>/<plural>`), or of all. Returns the way to stop. */
  subscribe(resource: string | undefined, listener: StoreListener): () => void {
    const listeners = resource === undefined ? this.#all : this.#listenersOf(resource);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  publish(event: StoreEvent): void {
    for (const listener of this.#byResource.get(event.object.key.resource) ?? []) listener(event);
    for (const listener of this.#all) listener(event);
  }

  #listenersOf(resource: string): Set<StoreListener> {
    let listeners = this.#byResource.get(resource);
    if (listeners === undefined) {
      listeners = new Set();
      this.#byResource.set(resource, listeners);
    }
    return listeners;
  }
}
