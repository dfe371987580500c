import {
  isStatus,
  type KubeObject,
  ownerReference,
  randomSuffix,
  resources,
  type Secret,
  type ServiceAccount,
} from '@slipway/kube';
import { ACCOUNT_NAME, ACCOUNT_UID, TOKEN_TYPE } from '../admission/token-secret.ts';
import type { ServerContext } from '../context.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import { createObject } from '../verbs/create.ts';
import { replaceObject } from '../verbs/replace.ts';
import { isChanged } from '../verbs/update.ts';
import { systemRequest } from './system-request.ts';

export const DOCKERCFG_TYPE = 'kubernetes.io/dockercfg';
/** Of a dockercfg Secret: which token it holds (OpenShift's annotation). */
const TOKEN_OF = 'openshift.io/token-secret.name';
/** Generated names are cut so that they fit a label. */
const MAX_PREFIX = 58;

/** Why a Secret of an account is there. */
type Purpose = 'token' | 'dockercfg';

const TYPES: Readonly<Record<Purpose, string>> = { token: TOKEN_TYPE, dockercfg: DOCKERCFG_TYPE };

function prefixOf(account: string, purpose: Purpose): string {
  return `${account}-${purpose}-`.slice(0, MAX_PREFIX);
}

/** `<account>-token-<5>`, `<account>-dockercfg-<5>`. */
export function secretNameOf(account: string, purpose: Purpose): string {
  return prefixOf(account, purpose) + randomSuffix();
}

/** Whether the name is of that form. */
export function isSecretNameOf(account: string, purpose: Purpose, name: string | undefined): boolean {
  const prefix = prefixOf(account, purpose);
  return name?.length === prefix.length + 5 && name.startsWith(prefix);
}

/**
 * The Secrets that each ServiceAccount has, as on OpenShift until 4.15: its token, and where the names of registries are
 * given a docker configuration with that token. They belong to the account, and go with it.
 */
export class AccountSecrets {
  /** `host:port` of registries. */
  readonly #registries: readonly string[];
  readonly #running = new Map<string, Promise<void>>();

  constructor(registries: readonly string[]) {
    this.#registries = registries;
  }

  get purposes(): readonly Purpose[] {
    return this.#registries.length > 0 ? ['token', 'dockercfg'] : ['token'];
  }

  /**
   * Creates what the account lacks, and lets it name what it has. One at a time for each account: two would make two
   * tokens. `isNew`: what the account names already are the names to use, else they are those of Secrets that are gone.
   */
  async ensure(context: ServerContext, namespace: string, name: string, isNew = false): Promise<void> {
    const key = `${namespace}/${name}`;
    const before = this.#running.get(key) ?? Promise.resolve();
    const work = before.catch(() => {}).then(() => this.#ensure(context, namespace, name, isNew));
    this.#running.set(key, work);
    try {
      await work;
    } finally {
      if (this.#running.get(key) === work) this.#running.delete(key);
    }
  }

  async #ensure(context: ServerContext, namespace: string, name: string, isNew: boolean): Promise<void> {
    const account = living(context, namespace, name);
    if (account === undefined) return;
    try {
      const token = await this.#token(context, account, isNew);
      const secrets = [token, ...(await this.#dockercfg(context, account, token, isNew))];
      await this.#list(context, account, secrets);
    } catch (error) {
      // The account or its namespace is on its way out; or it was written, and that write comes here again.
      if (!isStatus(error, 'Forbidden', 'NotFound') && !isChanged(error)) throw error;
    }
  }

  async #token(context: ServerContext, account: StoredObject, isNew: boolean): Promise<StoredObject> {
    const found = ownSecret(context, account, 'token');
    return found ?? createSecret(context, account, 'token', isNew, {});
  }

  async #dockercfg(
    context: ServerContext,
    account: StoredObject,
    token: StoredObject,
    isNew: boolean,
  ): Promise<StoredObject[]> {
    if (this.#registries.length === 0) return [];
    const password = Buffer.from((token.object as Secret).data?.token ?? '', 'base64').toString();
    const data = { '.dockercfg': dockercfg(this.#registries, password) };
    const found = ownSecret(context, account, 'dockercfg');
    const annotations = { [TOKEN_OF]: token.key.name };
    if (found === undefined) {
      return [await createSecret(context, account, 'dockercfg', isNew, { data, annotations })];
    }
    const isSame = (found.object as Secret).data?.['.dockercfg'] === data['.dockercfg'];
    return [isSame ? found : await renew(context, found, data, annotations)];
  }

  /** The account names its Secrets, and none that were its own and are gone. */
  async #list(
    context: ServerContext,
    account: StoredObject,
    secrets: readonly StoredObject[],
  ): Promise<void> {
    const request = systemRequest(context, account.key);
    if (request === undefined) return;
    const changed = account.copy() as ServiceAccount;
    const names = secrets.map(({ key }) => key.name);
    const pullNames = secrets
      .filter(({ object }) => (object as Secret).type === DOCKERCFG_TYPE)
      .map(({ key }) => key.name);
    changed.secrets = withNames(account.key.name, changed.secrets, names);
    const pull = withNames(account.key.name, changed.imagePullSecrets, pullNames);
    if (pull.length > 0) changed.imagePullSecrets = pull;
    await replaceObject(context, request, account, changed, {});
  }
}

function living({ store }: ServerContext, namespace: string, name: string): StoredObject | undefined {
  const isLiving = (stored: StoredObject | undefined): boolean =>
    stored !== undefined && stored.object.metadata.deletionTimestamp === undefined;
  if (!isLiving(store.get({ resource: '/namespaces', namespace: '', name: namespace }))) return undefined;
  const account = store.get({ resource: '/serviceaccounts', namespace, name });
  return isLiving(account) ? account : undefined;
}

/** Keeps what others put there, in its place. */
function withNames<T extends { name?: string }>(
  account: string,
  listed: readonly T[] | undefined,
  names: readonly string[],
): (T | { name: string })[] {
  const isGone = (name: string | undefined): boolean =>
    (isSecretNameOf(account, 'token', name) || isSecretNameOf(account, 'dockercfg', name)) &&
    !names.includes(name ?? '');
  const kept = (listed ?? []).filter(({ name }) => !isGone(name));
  const missing = names.filter((name) => !kept.some((each) => each.name === name));
  return [...kept, ...missing.map((name) => ({ name }))];
}

function ownSecret(
  { store }: ServerContext,
  account: StoredObject,
  purpose: Purpose,
): StoredObject | undefined {
  return store
    .dependents(account.uid)
    .find(
      ({ key, object }) =>
        key.resource === '/secrets' &&
        (object as Secret).type === TYPES[purpose] &&
        object.metadata.deletionTimestamp === undefined,
    );
}

async function createSecret(
  context: ServerContext,
  account: StoredObject,
  purpose: Purpose,
  isNew: boolean,
  { data, annotations }: { data?: Record<string, string>; annotations?: Record<string, string> },
): Promise<StoredObject> {
  const { namespace, name } = account.key;
  const named = (account.object as ServiceAccount).secrets?.find((each) =>
    isSecretNameOf(name, purpose, each.name),
  )?.name;
  const secret: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: (isNew ? named : undefined) ?? secretNameOf(name, purpose),
      namespace,
      annotations: { [ACCOUNT_NAME]: name, [ACCOUNT_UID]: account.uid, ...annotations },
      ownerReferences: [ownerReference(account.object)],
    },
    type: TYPES[purpose],
    ...(data !== undefined && { data }),
  };
  const request = systemRequest(context, { resource: `/${resources.secrets.plural}`, namespace, name: '' });
  if (request === undefined) throw new Error('the catalog lacks secrets');
  return createObject(context, request, { value: secret });
}

async function renew(
  context: ServerContext,
  stored: StoredObject,
  data: Record<string, string>,
  annotations: Record<string, string>,
): Promise<StoredObject> {
  const request = systemRequest(context, stored.key);
  if (request === undefined) return stored;
  const secret: KubeObject = { ...stored.copy(), data };
  secret.metadata.annotations = { ...secret.metadata.annotations, ...annotations };
  return replaceObject(context, request, stored, secret, {});
}

/** The old form of docker's configuration, in base64. */
function dockercfg(registries: readonly string[], password: string): string {
  const username = 'serviceaccount';
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  const entry = { username, password, email: 'serviceaccount@example.org', auth };
  const entries = Object.fromEntries(registries.map((registry) => [registry, entry]));
  return Buffer.from(JSON.stringify(entries)).toString('base64');
}
