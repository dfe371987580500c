import type { KubeObject } from '@slipway/kube';

/** Where an object is kept: `resource` is `<group>/<plural>` (`/pods`), `namespace` is empty for cluster scope. */
export interface ObjectKey {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** One stored state of an object. `text` is its JSON; `object` is parsed on first use and must not be changed. */
export class StoredObject {
  readonly key: ObjectKey;
  readonly uid: string;
  readonly revision: number;
  readonly text: string;
  #parsed: KubeObject | undefined;

  constructor(key: ObjectKey, uid: string, revision: number, text: string) {
    this.key = key;
    this.uid = uid;
    this.revision = revision;
    this.text = text;
  }

  /** The shared, read-only parsed form. */
  get object(): KubeObject {
    this.#parsed ??= JSON.parse(this.text) as KubeObject;
    return this.#parsed;
  }

  /** A parsed copy that the caller may change. */
  copy(): KubeObject {
    return JSON.parse(this.text) as KubeObject;
  }
}

/** One entry of the log: what happened at `object.revision`, with the state before it. */
export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** The state after; for DELETED the last state, with the revision of the deletion. */
  readonly object: StoredObject;
  readonly previous: StoredObject | undefined;
}
