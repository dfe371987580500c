import type { Readable } from 'node:stream';
import { type Clock, SlipwayError, systemClock } from '@slipway/core';
import type { CredentialSource } from '../credentials/credential-source.ts';
import { type Digest, digestAlgorithm, digestOf, isDigest } from '../digest.ts';
import { MAX_MANIFEST_BYTES } from '../manifest.ts';
import { bareMediaType, MANIFEST_TYPES } from '../media-types.ts';
import type { MirrorTable } from '../mirror-table.ts';
import { formatReference, type Reference } from '../reference.ts';
import type { BlobRange } from '../store/content-store.ts';
import type { BlobInfo } from '../store/ingest.ts';
import { Authenticator } from './authenticator.ts';
import { type ApiRequest, type ApiResponse, RegistrySession } from './session.ts';
import { type HostTls, HttpTransport, readBody } from './transport.ts';
import { type PushBlobOptions, type PushOutcome, uploadBlob } from './upload.ts';

export interface RegistryClientOptions {
  readonly credentials?: CredentialSource | undefined;
  /** CA certificates in PEM, trusted beside the well-known ones. */
  readonly ca?: string | Buffer | undefined;
  /** Certificates for single registries. */
  readonly hostTls?: ((registry: string) => HostTls | undefined) | undefined;
  /** Whether plain HTTP and unverified TLS are allowed for a registry. Default: none. */
  readonly insecure?: ((registry: string) => boolean) | undefined;
  readonly userAgent?: string | undefined;
  /** Ends every call of this client. */
  readonly signal?: AbortSignal | undefined;
  /** How long a connection may be silent, in milliseconds. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** How long connecting may take, in milliseconds. Default 4,000. */
  readonly connectTimeoutMs?: number | undefined;
  readonly mirrors?: MirrorTable | undefined;
  readonly clock?: Clock | undefined;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A manifest's exact bytes, which its digest covers. */
export interface ManifestBytes {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly digest: Digest;
}

/** What HEAD tells of a manifest; `digest` is absent where the registry does not say it. */
export interface ManifestHead {
  readonly mediaType: string;
  readonly size: number;
  readonly digest?: Digest;
}

/**
 * A client of the OCI distribution API 1.1. Streams blobs, logs in by Basic or Bearer, retries what may pass. References are
 * taken literally; `candidates` gives the mirrored ones. Failures are SlipwayErrors with the registry's own words.
 */
export class RegistryClient {
  readonly #options: RegistryClientOptions;
  readonly #transport: HttpTransport;
  readonly #authenticator: Authenticator;
  readonly #sessions: Map<string, RegistrySession>;

  /** `shared`: a client whose connections, tokens and findings this one uses. */
  constructor(options: RegistryClientOptions = {}, shared?: RegistryClient) {
    this.#options = options;
    if (shared !== undefined) {
      this.#transport = shared.#transport;
      this.#authenticator = shared.#authenticator;
      this.#sessions = shared.#sessions;
      return;
    }
    this.#sessions = new Map();
    const { ca, hostTls, userAgent, timeoutMs: idleTimeoutMs, connectTimeoutMs } = options;
    this.#transport = new HttpTransport({ ca, hostTls, userAgent, idleTimeoutMs, connectTimeoutMs });
    this.#authenticator = new Authenticator(this.#transport, options.credentials);
  }

  /** The same client, with its connections and tokens, that looks for images in other places too. */
  withMirrors(mirrors: MirrorTable): RegistryClient {
    return new RegistryClient({ ...this.#options, mirrors }, this);
  }

  /** The references to try for an image, mirrors first, the original last. */
  candidates(ref: Reference): Reference[] {
    return this.#options.mirrors?.resolve(ref) ?? [ref];
  }

  /** Resolves when the registry answers and lets us in. */
  async ping(registry: string, options: CallOptions = {}): Promise<void> {
    const request = { method: 'GET', path: 'v2/', scopes: [], accept: [200], ...options } as const;
    (await this.#call(registry, request)).body.resume();
  }

  /** A manifest by digest, else by tag. Throws kind `not-found`; DIGEST_MISMATCH when the bytes are not what was asked for. */
  async getManifest(
    ref: Reference,
    accept: readonly string[] = MANIFEST_TYPES,
    options: CallOptions = {},
  ): Promise<ManifestBytes> {
    const response = await this.#manifest('GET', ref, accept, [200], options);
    const bytes = await readBody(response, MAX_MANIFEST_BYTES);
    const digest = digestOf(bytes, ref.digest && digestAlgorithm(ref.digest));
    if (ref.digest !== undefined && digest !== ref.digest) {
      const message = `${formatReference(ref)}: the registry sent a manifest with digest ${digest}`;
      throw new SlipwayError('invalid', 'DIGEST_MISMATCH', message);
    }
    return { bytes, digest, mediaType: bareMediaType(response.headers['content-type'] ?? '') };
  }

  /** Type, size and digest of a manifest; undefined when there is none. */
  async headManifest(
    ref: Reference,
    accept: readonly string[] = MANIFEST_TYPES,
    options: CallOptions = {},
  ): Promise<ManifestHead | undefined> {
    const response = await this.#manifest('HEAD', ref, accept, [200, 404], options);
    response.body.resume();
    if (response.status === 404) return undefined;
    const digest = response.headers['docker-content-digest'];
    return {
      mediaType: bareMediaType(response.headers['content-type'] ?? ''),
      size: Number(response.headers['content-length'] ?? 0),
      ...(typeof digest === 'string' && isDigest(digest) ? { digest } : {}),
    };
  }

  /** Stores a manifest under the reference's tag, or under its digest when it has no tag. Returns its digest. */
  async putManifest(
    ref: Reference,
    bytes: Uint8Array,
    mediaType: string,
    options: CallOptions = {},
  ): Promise<Digest> {
    const digest = digestOf(bytes, ref.digest && digestAlgorithm(ref.digest));
    const response = await this.#call(ref.registry, {
      method: 'PUT',
      path: `v2/${ref.repository}/manifests/${ref.tag ?? ref.digest ?? digest}`,
      headers: { 'content-type': mediaType },
      body: () => bytes,
      scopes: pushScope(ref),
      accept: [200, 201, 202],
      ...options,
    });
    response.body.resume();
    return digest;
  }

  /** Removes a manifest by digest, or a tag. False when there was none. */
  async deleteManifest(ref: Reference, options: CallOptions = {}): Promise<boolean> {
    const response = await this.#call(ref.registry, {
      method: 'DELETE',
      path: `v2/${ref.repository}/manifests/${ref.digest ?? ref.tag}`,
      scopes: [`repository:${ref.repository}:pull,delete`],
      accept: [200, 202, 204, 404],
      ...options,
    });
    response.body.resume();
    return response.status !== 404;
  }

  /** A blob's bytes, not verified. With a range whose start is not honoured by the registry: RANGE_IGNORED. */
  async openBlob(
    ref: Reference,
    digest: Digest,
    range?: BlobRange,
    options: CallOptions = {},
  ): Promise<Readable> {
    const response = await this.#call(ref.registry, {
      method: 'GET',
      path: `v2/${ref.repository}/blobs/${digest}`,
      ...(range === undefined ? {} : { headers: { range: `bytes=${range.start}-${range.end ?? ''}` } }),
      scopes: pullScope(ref),
      accept: [200, 206],
      ...options,
    });
    if (range === undefined || range.start === 0 || response.status === 206) return response.body;
    response.body.destroy();
    throw new SlipwayError('unsupported', 'RANGE_IGNORED', `registry ${ref.registry} sends blobs only whole`);
  }

  /** The blob's size; undefined when the repository has no such blob. */
  async hasBlob(ref: Reference, digest: Digest, options: CallOptions = {}): Promise<BlobInfo | undefined> {
    const path = `v2/${ref.repository}/blobs/${digest}`;
    const request = { method: 'HEAD', path, scopes: pullScope(ref), accept: [200, 404], ...options } as const;
    const response = await this.#call(ref.registry, request);
    response.body.resume();
    return response.status === 404
      ? undefined
      : { digest, size: Number(response.headers['content-length'] ?? 0) };
  }

  /** Brings a blob to the repository unless it is there; `open` may be called again when the connection breaks. */
  async pushBlob(
    ref: Reference,
    info: BlobInfo,
    open: () => Readable | Promise<Readable>,
    options: PushBlobOptions = {},
  ): Promise<PushOutcome> {
    const signal = this.#signal(options.signal);
    return uploadBlob(this.#session(ref.registry), ref, info, open, { ...options, signal });
  }

  /** All tags of a repository, page by page. */
  tags(ref: Pick<Reference, 'registry' | 'repository'>, options: CallOptions = {}): AsyncGenerator<string> {
    return this.#items('tags', ref.registry, {
      path: `v2/${ref.repository}/tags/list`,
      scopes: pullScope(ref),
      ...options,
    });
  }

  /** All repositories of a registry that has a catalog, page by page. */
  repositories(registry: string, options: CallOptions = {}): AsyncGenerator<string> {
    const scopes = ['registry:catalog:*'];
    return this.#items('repositories', registry, { path: 'v2/_catalog', scopes, ...options });
  }

  /** The texts under `member` of each page; a page's Link header leads to the next. */
  async *#items(
    member: 'tags' | 'repositories',
    registry: string,
    request: Pick<ApiRequest, 'path' | 'scopes' | 'signal'>,
  ): AsyncGenerator<string> {
    let path: string | undefined = request.path;
    while (path !== undefined) {
      const response = await this.#call(registry, { ...request, method: 'GET', path, accept: [200] });
      const page: Partial<Record<typeof member, string[] | null>> = JSON.parse(
        (await readBody(response, MAX_MANIFEST_BYTES)).toString(),
      );
      yield* page[member] ?? [];
      const next = /<([^>]*)>\s*;\s*rel="?next"?/.exec(String(response.headers.link ?? ''))?.[1];
      path = next === undefined ? undefined : new URL(next, response.url).href;
    }
  }

  /** Closes the idle connections. */
  close(): void {
    this.#transport.close();
  }

  #manifest(
    method: 'GET' | 'HEAD',
    ref: Reference,
    accept: readonly string[],
    statuses: readonly number[],
    options: CallOptions,
  ): Promise<ApiResponse> {
    return this.#call(ref.registry, {
      method,
      path: `v2/${ref.repository}/manifests/${ref.digest ?? ref.tag ?? 'latest'}`,
      headers: { accept: accept.join(', ') },
      scopes: pullScope(ref),
      accept: statuses,
      ...options,
    });
  }

  #call(registry: string, request: ApiRequest): Promise<ApiResponse> {
    return this.#session(registry).call({ ...request, signal: this.#signal(request.signal) });
  }

  #signal(own: AbortSignal | undefined): AbortSignal | undefined {
    const { signal } = this.#options;
    return own && signal ? AbortSignal.any([own, signal]) : (own ?? signal);
  }

  #session(registry: string): RegistrySession {
    let session = this.#sessions.get(registry);
    if (session === undefined) {
      session = new RegistrySession({
        registry,
        insecure: this.#options.insecure?.(registry) ?? false,
        transport: this.#transport,
        authenticator: this.#authenticator,
        clock: this.#options.clock ?? systemClock,
      });
      this.#sessions.set(registry, session);
    }
    return session;
  }
}

function pullScope(ref: Pick<Reference, 'repository'>): string[] {
  return [`repository:${ref.repository}:pull`];
}

function pushScope(ref: Pick<Reference, 'repository'>): string[] {
  return [`repository:${ref.repository}:pull,push`];
}
