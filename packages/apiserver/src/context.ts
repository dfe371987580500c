import type { Clock, Logger } from '@slipway/core';
import type { AdmissionPlugin } from './admission/admission.ts';
import type { Authenticator } from './authn/authenticator.ts';
import type { ServiceAccountTokens } from './authn/service-account-tokens.ts';
import type { UserInfo } from './authn/user.ts';
import type { Authorizer } from './authz/authorizer.ts';
import type { AccountSecrets } from './controllers/account-secrets.ts';
import type { PodLogSource } from './pod-log-source.ts';
import type { ResourceCatalog } from './resources/catalog.ts';
import type { ResourceDefinition } from './resources/definition.ts';
import type { ObjectStore } from './storage/object-store.ts';
import type { ObjectKey } from './storage/stored-object.ts';

/** What every verb works with; made once when the server starts. */
export interface ServerContext {
  readonly store: ObjectStore;
  readonly catalog: ResourceCatalog;
  readonly admission: readonly AdmissionPlugin[];
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly tokens: ServiceAccountTokens;
  readonly accountSecrets: AccountSecrets;
  /** What belongs to the creation of an object, by storage key: nobody has to wait for what comes with it. */
  readonly completions: Readonly<Record<string, Completion>>;
  readonly podLogs: PodLogSource | undefined;
  /** The certificate authority that clients trust, PEM. */
  readonly ca: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborts when the server closes. */
  readonly signal: AbortSignal;
}

/** Creates what comes with an object that was just created. */
type Completion = (context: ServerContext, key: ObjectKey) => Promise<void>;

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** Who asks for which resource; what a verb needs beside its own options. */
export interface ResourceRequest {
  readonly user: UserInfo;
  readonly definition: ResourceDefinition;
  /** Empty for cluster scope, and for all namespaces. */
  readonly namespace: string;
  /** Empty for a collection. */
  readonly name: string;
  readonly subresource?: string | undefined;
  /** Adds a warning to the answer. */
  readonly warn: (text: string) => void;
}

/** The options that all writes have. */
export interface WriteOptions {
  readonly dryRun?: boolean | undefined;
  readonly fieldManager?: string | undefined;
  readonly fieldValidation?: FieldValidation | undefined;
}
