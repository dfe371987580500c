import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, type Logger, systemClock } from '@slipway/core';
import type { ContentStore } from '@slipway/oci';
import type { AccessController, Identity, RegistryAction } from './access/access-controller.ts';
import { Guard } from './access/guard.ts';
import { BlobLeases } from './blob-leases.ts';
import { dispatch } from './dispatch.ts';
import { checkRegistry, type FsckOptions, type FsckReport } from './fsck.ts';
import { collectGarbage, type GarbageOptions, type GarbageReport } from './garbage.ts';
import { issueToken } from './handlers/issue-token.ts';
import { sendEmpty, sendError, sendJson } from './http/respond.ts';
import { type RegistryInventory, registryInventory } from './inventory.ts';
import { DEFAULT_LIMITS, type RegistryLimits } from './limits.ts';
import { ManifestCache } from './manifest-cache.ts';
import { MetadataStore } from './metadata/metadata-store.ts';
import { type MirrorOptions, PullThrough } from './mirror/pull-through.ts';
import type { ManifestEvent, QuotaHook, RegistryContext } from './registry-context.ts';
import { RegistryError } from './registry-error.ts';
import { parseRoute, queryOf, type Route } from './route.ts';
import { UploadSessions } from './uploads/upload-sessions.ts';

export interface RegistryOptions {
  /** Holds the content; may be shared with the pod runner and the builder. */
  readonly store: ContentStore;
  /** Folder of the registry's own database. */
  readonly metadataDir: string;
  readonly access: AccessController;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly limits?: Partial<RegistryLimits>;
  readonly quota?: QuotaHook;
  /** Repositories named after a host are fetched from there; without it they hold only what was pushed. */
  readonly mirror?: MirrorOptions;
  /** Called after a manifest's push or delete is durable, before the client is answered. */
  readonly onManifest?: (event: ManifestEvent) => void | Promise<void>;
}

/** The registry behind a node:http server, and its upkeep. */
export interface RegistryService {
  /** What the registry holds, for those who show it elsewhere. */
  readonly inventory: RegistryInventory;
  /** Answers one request; never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Removes what nothing needs; safe while clients push. */
  collectGarbage(options?: GarbageOptions): Promise<GarbageReport>;
  /** Compares metadata and content. */
  fsck(options?: FsckOptions): Promise<FsckReport>;
  /** Closes files and the database; uploads can go on after a restart. */
  close(): Promise<void>;
}

const SWEEP_MS = 60_000;

/** The OCI distribution API 1.1 over a content store. */
export function createRegistryHandler(options: RegistryOptions): RegistryService {
  const context = createContext(options);
  const sweep = setInterval(() => {
    context.uploads
      .sweep()
      .catch((error: unknown) =>
        context.logger.warn('could not remove expired uploads', { error: String(error) }),
      );
  }, SWEEP_MS);
  sweep.unref();
  return {
    inventory: registryInventory(context),
    handle: (request, response) =>
      handle(context, options.access, request, response).catch((error: unknown) =>
        sendError(request, response, error, context.logger),
      ),
    collectGarbage: (garbage = {}) => collectGarbage(context, garbage),
    fsck: (fsck = {}) => checkRegistry(context, fsck),
    close: async () => {
      clearInterval(sweep);
      await context.uploads.close(context.logger);
      context.metadata.close();
    },
  };
}

function createContext(options: RegistryOptions): RegistryContext {
  const { store, logger, clock = systemClock, onManifest } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const metadata = new MetadataStore(options.metadataDir);
  const leases = new BlobLeases();
  const parts = { store, metadata, leases, clock, logger };
  return {
    ...parts,
    limits,
    uploads: new UploadSessions({ store, clock, expiryMs: limits.uploadExpiryMs }),
    cache: new ManifestCache(limits.cacheBytes),
    guard: new Guard(options.access),
    quota: options.quota,
    mirror: options.mirror && new PullThrough({ ...parts, ...options.mirror }),
    notify: async (event) => {
      try {
        await onManifest?.(event);
      } catch (error) {
        logger.error('the manifest listener failed', { repository: event.repository, error: String(error) });
      }
    },
  };
}

async function handle(
  context: RegistryContext,
  access: AccessController,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
  // The content is the pushers': a browser must not make a page of it.
  response.setHeader('X-Content-Type-Options', 'nosniff');
  const target = request.url ?? '/';
  const route = parseRoute(target);
  if (route === undefined) {
    throw new RegistryError('UNSUPPORTED', 'this registry serves nothing at this path', { status: 404 });
  }
  if (route.kind === 'health') return sendEmpty(response, 200);
  if (route.kind === 'token') return issueToken(access, request, response);
  if (route.kind === 'base') {
    await context.guard.requireLogin(request);
    return sendJson(response, 200, {});
  }
  const identity = await context.guard.identify(request);
  await authorize(context, request, identity, route);
  await dispatch(context, { request, response, identity, query: queryOf(target) }, route);
}

async function authorize(
  context: RegistryContext,
  request: IncomingMessage,
  identity: Identity,
  route: Route,
): Promise<void> {
  const repository = 'repository' in route ? route.repository : '';
  const wanted = { repository, action: actionOf(route, request.method) };
  // Every push begins by asking which blobs are there, with HEAD, whose answer has no body to explain a refusal in:
  // "not here" lets the client go on to the POST, and that is refused with all the words it takes.
  if (route.kind === 'blob' && request.method === 'HEAD' && !identity.anonymous) {
    if (!(await context.guard.decide(identity, wanted)).allowed) {
      throw new RegistryError('BLOB_UNKNOWN', `${repository} has no such blob for ${identity.name}`);
    }
    return;
  }
  await context.guard.require(request, identity, wanted);
}

function actionOf(route: Route, method: string | undefined): RegistryAction {
  if (route.kind === 'catalog') return 'catalog';
  if (route.kind === 'uploads' || route.kind === 'upload') return 'push';
  if (method === 'GET' || method === 'HEAD') return 'pull';
  return method === 'DELETE' ? 'delete' : 'push';
}
