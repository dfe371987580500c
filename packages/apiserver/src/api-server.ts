import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, type Logger, systemClock } from '@slipway/core';
import type { KubeClient, PodLogReader } from '@slipway/kube';
import { StatusError } from '@slipway/kube';
import { accountSecretNames } from './admission/account-secret-names.ts';
import type { AdmissionPlugin } from './admission/admission.ts';
import { limitRanger } from './admission/limit-ranger.ts';
import { namespaceLifecycle } from './admission/namespace-lifecycle.ts';
import { podSecurity } from './admission/pod-security/plugin.ts';
import type { Policy } from './admission/policy.ts';
import { rbacEscalation } from './admission/rbac-escalation.ts';
import { sccAdmission } from './admission/scc/plugin.ts';
import { DEFAULT_ID_BLOCKS, type IdBlocks, RangeAllocation } from './admission/scc/range-allocation.ts';
import { serviceAccountAdmission } from './admission/service-account.ts';
import { serviceNotice } from './admission/service-notice.ts';
import { tokenSecret } from './admission/token-secret.ts';
import { Authenticator, type StaticToken } from './authn/authenticator.ts';
import { loadIssuerKey } from './authn/issuer-key.ts';
import { type IssuedToken, ServiceAccountTokens, type TokenOptions } from './authn/service-account-tokens.ts';
import { CONTROL_PLANE, type UserInfo } from './authn/user.ts';
import type { AccessDecision, AccessReview } from './authz/access-review.ts';
import { Authorizer } from './authz/authorizer.ts';
import { bootstrap } from './bootstrap.ts';
import type { ServerContext } from './context.ts';
import { AccountSecrets } from './controllers/account-secrets.ts';
import { AccountSecretsController } from './controllers/account-secrets-controller.ts';
import { EventExpiry } from './controllers/event-expiry.ts';
import { GarbageCollector } from './controllers/garbage-collector.ts';
import { ensureNamespaceDefaults, NamespaceController } from './controllers/namespace-controller.ts';
import { RoleAggregation } from './controllers/role-aggregation.ts';
import { TokenSecretCollector } from './controllers/token-secrets.ts';
import { OpenApi } from './discovery/openapi.ts';
import { Listener } from './http/listener.ts';
import { handleRequest } from './http/request-handler.ts';
import { InProcessClient } from './in-process-client.ts';
import type { PodLogSource } from './pod-log-source.ts';
import { BUILTIN_RESOURCES } from './resources/builtin.ts';
import { ResourceCatalog } from './resources/catalog.ts';
import type { ResourceDefinition } from './resources/definition.ts';
import { ObjectStore } from './storage/object-store.ts';

export interface ApiServerOptions {
  /** The folder of the object store; created when it is missing. */
  readonly stateDir: string;
  /** Where to answer; port 0 takes a free one. None is allowed: then only in-process clients reach it. */
  readonly listen: readonly { readonly host: string; readonly port: number }[];
  /** PEM. `ca` is what clients trust, and what pods find in kube-root-ca.crt. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
  /** The private key that signs ServiceAccount tokens; created when it is missing. */
  readonly issuerKeyFile: string;
  /** Fixed credentials, such as the administrator's. */
  readonly staticTokens?: readonly StaticToken[];
  /** Kinds beside the built-in ones. */
  readonly extraTypes?: readonly ResourceDefinition[];
  /** Run after the built-in plugins that default, and before the policy of pods. */
  readonly admission?: readonly AdmissionPlugin[];
  readonly podLogs?: PodLogSource;
  /** What pods may do; default `kubernetes`. */
  readonly policy?: Policy;
  /** User ids for namespaces under the policy `openshift`; default as OpenShift's. */
  readonly idBlocks?: IdBlocks;
  /** `host:port` of registries that take ServiceAccount tokens: each account gets a dockercfg Secret for them. */
  readonly registries?: readonly string[];
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** A Kubernetes API over HTTPS and in process, with its controllers: what a control plane is without its nodes. */
export class ApiServer {
  readonly #context: ServerContext;
  readonly #end: AsyncDisposableStack;
  /** Where it answers: `https://127.0.0.1:6443`. */
  readonly urls: readonly string[];
  /** In process, as the control plane itself. */
  readonly client: KubeClient & PodLogReader;

  private constructor(context: ServerContext, urls: readonly string[], end: AsyncDisposableStack) {
    this.#context = context;
    this.#end = end;
    this.urls = urls;
    this.client = this.clientFor(CONTROL_PLANE);
  }

  /** Opens the store, brings it up to date, and answers. Throws LISTEN_FAILED, STORE_FULL, ISSUER_KEY_INVALID. */
  static async start(options: ApiServerOptions): Promise<ApiServer> {
    const end = new AsyncDisposableStack();
    try {
      const context = await openContext(options, end);
      await bootstrap(context);
      startControllers(context, end);
      const urls = await listen(context, options, end);
      return new ApiServer(context, urls, end);
    } catch (error) {
      await end.disposeAsync();
      throw error;
    }
  }

  /** In process, with the rights of this user. */
  clientFor(user: UserInfo): KubeClient & PodLogReader {
    return new InProcessClient(this.#context, user);
  }

  /** Whose bearer token this is; undefined when it is not valid here, or not for the audience. */
  async authenticate(token: string, options: { audience?: string } = {}): Promise<UserInfo | undefined> {
    const audiences = options.audience === undefined ? undefined : [options.audience];
    return (await this.#context.authenticator.authenticate(token, audiences))?.user;
  }

  /** Whether RBAC allows it, and by which binding. */
  async authorize(review: AccessReview): Promise<AccessDecision> {
    return this.#context.authorizer.authorize(review);
  }

  /** A token for a ServiceAccount, as TokenRequest issues them. Throws NotFound. */
  async issueToken(
    account: { readonly namespace: string; readonly name: string },
    options: TokenOptions = {},
  ): Promise<IssuedToken> {
    const { store, tokens } = this.#context;
    const stored = store.get({ resource: '/serviceaccounts', ...account });
    if (stored === undefined) {
      throw StatusError.notFound({ group: '', plural: 'serviceaccounts' }, account.name);
    }
    return await tokens.issue(stored.object, options);
  }

  /** Ends requests and watches, stops the controllers, closes the store. */
  async close(): Promise<void> {
    await this.#end.disposeAsync();
  }
}

async function openContext(options: ApiServerOptions, end: AsyncDisposableStack): Promise<ServerContext> {
  const { stateDir, issuerKeyFile, staticTokens = [], clock = systemClock, logger, tls } = options;
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const store = new ObjectStore(join(stateDir, 'objects.db'));
  end.defer(() => store.close());
  const tokens = new ServiceAccountTokens(await loadIssuerKey(issuerKeyFile), store, clock);
  const authorizer = new Authorizer(store);
  const accountSecrets = new AccountSecrets(options.registries ?? []);
  const closing = new AbortController();
  end.defer(() => closing.abort());
  return {
    store,
    catalog: new ResourceCatalog([...BUILTIN_RESOURCES, ...(options.extraTypes ?? [])]),
    admission: [
      namespaceLifecycle(store),
      serviceAccountAdmission(store),
      tokenSecret(store, tokens, tls.ca),
      accountSecretNames(accountSecrets),
      ...(options.admission ?? []),
      limitRanger(store),
      serviceNotice,
      rbacEscalation(authorizer),
      ...policyPlugins(store, authorizer, options),
    ],
    authenticator: new Authenticator(tokens, staticTokens),
    authorizer,
    tokens,
    accountSecrets,
    completions: COMPLETIONS,
    podLogs: options.podLogs,
    ca: tls.ca,
    clock,
    logger,
    signal: closing.signal,
  };
}

const COMPLETIONS: ServerContext['completions'] = {
  '/namespaces': (context, { name }) => ensureNamespaceDefaults(context, name),
  '/serviceaccounts': (context, { namespace, name }) =>
    context.accountSecrets.ensure(context, namespace, name, true),
};

/** SCCs set what a pod leaves open, so they come before the levels of Pod Security, which only look. */
function policyPlugins(
  store: ObjectStore,
  authorizer: Authorizer,
  { policy, idBlocks = DEFAULT_ID_BLOCKS }: ApiServerOptions,
): AdmissionPlugin[] {
  if (policy !== 'openshift') return [podSecurity({ store, authorizer, defaultLevel: 'baseline' })];
  return [
    new RangeAllocation(store, idBlocks).plugin,
    sccAdmission(store, authorizer),
    podSecurity({ store, authorizer, defaultLevel: 'privileged' }),
  ];
}

function startControllers(context: ServerContext, end: AsyncDisposableStack): void {
  end.use(new RoleAggregation(context));
  end.use(new NamespaceController(context));
  end.use(new TokenSecretCollector(context));
  end.use(new AccountSecretsController(context));
  end.use(new GarbageCollector(context));
  end.use(new EventExpiry(context));
}

async function listen(
  context: ServerContext,
  { listen: addresses, tls }: ApiServerOptions,
  end: AsyncDisposableStack,
): Promise<string[]> {
  const openApi = new OpenApi(context.catalog);
  const urls: string[] = [];
  for (const { host, port } of addresses) {
    const listener = await Listener.open({
      host,
      port,
      tls,
      handle: (request, response) => void handleRequest(context, openApi, request, response),
    });
    end.defer(() => listener.close());
    urls.push(listener.url);
  }
  return urls;
}
