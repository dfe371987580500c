import type { Secret } from '@slipway/kube';
import { ACCOUNT_NAME, TOKEN_TYPE } from '../admission/token-secret.ts';
import type { ServerContext } from '../context.ts';
import type { StoreEvent } from '../storage/stored-object.ts';
import { DOCKERCFG_TYPE } from './account-secrets.ts';
import { WorkList } from './work-list.ts';

/** Gives ServiceAccounts the Secrets that they lack: those of an older state folder, and those that somebody deleted. */
export class AccountSecretsController implements AsyncDisposable {
  readonly #work: WorkList;
  readonly #unsubscribe: readonly (() => void)[];

  constructor(context: ServerContext) {
    const { store, accountSecrets, logger } = context;
    this.#work = new WorkList((key) => {
      const [namespace = '', name = ''] = key.split('/');
      return accountSecrets.ensure(context, namespace, name);
    }, logger);
    this.#unsubscribe = [
      store.subscribe('/serviceaccounts', (event) => this.#accountChanged(event)),
      store.subscribe('/secrets', (event) => this.#secretChanged(event)),
    ];
    for (const { key } of store.list({ resource: '/serviceaccounts' }).items) {
      this.#work.add(`${key.namespace}/${key.name}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await this.#work[Symbol.asyncDispose]();
  }

  #accountChanged({ type, object: { key } }: StoreEvent): void {
    if (type !== 'DELETED') this.#work.add(`${key.namespace}/${key.name}`);
  }

  #secretChanged({ type, object: { key, object } }: StoreEvent): void {
    if (type !== 'DELETED') return;
    const { type: secretType, metadata } = object as Secret;
    const account = metadata.annotations?.[ACCOUNT_NAME];
    const isOurs = secretType === TOKEN_TYPE || secretType === DOCKERCFG_TYPE;
    if (isOurs && account !== undefined) this.#work.add(`${key.namespace}/${account}`);
  }
}
