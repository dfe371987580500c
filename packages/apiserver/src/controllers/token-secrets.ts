import type { Secret } from '@slipway/kube';
import { ACCOUNT_NAME, ACCOUNT_UID, TOKEN_TYPE } from '../admission/token-secret.ts';
import type { ServerContext } from '../context.ts';
import type { StoreEvent } from '../storage/stored-object.ts';
import { deleteObject } from '../verbs/delete.ts';
import { systemRequest } from './system-request.ts';
import { WorkList } from './work-list.ts';

/** Deletes the token Secrets of ServiceAccounts that are deleted. */
export class TokenSecretCollector implements AsyncDisposable {
  readonly #context: ServerContext;
  readonly #work: WorkList;
  readonly #unsubscribe: () => void;

  constructor(context: ServerContext) {
    this.#context = context;
    this.#work = new WorkList((namespace) => this.#collect(namespace), context.logger);
    this.#unsubscribe = context.store.subscribe('/serviceaccounts', ({ type, object }: StoreEvent) => {
      if (type === 'DELETED') this.#work.add(object.key.namespace);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    await this.#work[Symbol.asyncDispose]();
  }

  async #collect(namespace: string): Promise<void> {
    const { store } = this.#context;
    for (const { key, uid, object } of store.list({ resource: '/secrets', namespace }).items) {
      if ((object as Secret).type !== TOKEN_TYPE) continue;
      const name = object.metadata.annotations?.[ACCOUNT_NAME] ?? '';
      const account = store.get({ resource: '/serviceaccounts', namespace, name });
      if (account !== undefined && account.uid === object.metadata.annotations?.[ACCOUNT_UID]) continue;
      const request = systemRequest(this.#context, key);
      if (request !== undefined) await deleteObject(this.#context, request, { preconditions: { uid } });
    }
  }
}
