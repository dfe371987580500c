import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Logger } from '@slipway/core';
import type { ContentStore, Digest } from '@slipway/oci';
import type { Identity } from './access/access-controller.ts';
import type { Guard } from './access/guard.ts';
import type { BlobLeases } from './blob-leases.ts';
import type { RegistryLimits } from './limits.ts';
import type { ManifestCache } from './manifest-cache.ts';
import type { MetadataStore } from './metadata/metadata-store.ts';
import type { PullThrough } from './mirror/pull-through.ts';
import type { UploadSessions } from './uploads/upload-sessions.ts';

/** A manifest was pushed or deleted, and that is durable. */
export interface ManifestEvent {
  readonly repository: string;
  readonly tag?: string | undefined;
  readonly digest: Digest;
  readonly action: 'push' | 'delete';
  readonly identity: Identity;
}

/** The bytes that a namespace may hold, or undefined for any number. */
export type QuotaHook = (namespace: string) => number | undefined | Promise<number | undefined>;

/** What every handler works with. */
export interface RegistryContext {
  readonly store: ContentStore;
  readonly metadata: MetadataStore;
  readonly uploads: UploadSessions;
  readonly leases: BlobLeases;
  readonly cache: ManifestCache;
  readonly guard: Guard;
  readonly limits: RegistryLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly quota: QuotaHook | undefined;
  readonly mirror: PullThrough | undefined;
  /** Tells the listener and logs its failure: what was pushed stays pushed. */
  notify(event: ManifestEvent): Promise<void>;
}

/** One request and who sent it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly identity: Identity;
  readonly query: URLSearchParams;
}
