import { join } from 'node:path';
import type { CredentialSource, Descriptor, Digest, HostTls, MirrorRule } from '@slipway/oci';
import type { NeededBlobs } from './cache/storage/inventory.ts';
import type { Layer } from './image/layer.ts';
import type { OutputSpec } from './output/output-spec.ts';
import type { ProgressSink } from './progress/progress.ts';
import type { StepReport } from './progress/step-reporter.ts';
import type { SecretValue } from './secret-value.ts';

/** Where a build keeps what outlives it. All four belong on one file system: layers are moved between them. */
export interface StorePaths {
  /** The content store: blobs by digest, shared with the registry and the pods. */
  readonly contentDir: string;
  /** Unpacked layers by chain ID, shared with the pods. */
  readonly layersDir: string;
  /** The instruction cache, the index of known files, the folders of `--mount=type=cache`. */
  readonly cacheDir: string;
  /** What a running build writes; emptied when it ends, or when a later build finds its owner dead. */
  readonly scratchDir: string;
}

/** The usual places below one state folder. */
export function storePaths(stateDir: string): StorePaths {
  return {
    contentDir: join(stateDir, 'content'),
    layersDir: join(stateDir, 'layers'),
    cacheDir: join(stateDir, 'build-cache'),
    scratchDir: join(stateDir, 'build'),
  };
}

/** How registries are reached. */
export interface RegistrySettings {
  readonly mirrors?: readonly MirrorRule[] | undefined;
  /** PEM certificates to trust beside the system's. */
  readonly ca?: string | undefined;
  /** Certificates for single registries, by `host` or `host:port`. */
  readonly tls?: Readonly<Record<string, HostTls>> | undefined;
  /** Registries that may speak plain HTTP or show an unknown certificate; `*` for all. */
  readonly insecure?: readonly string[] | undefined;
  /** As `insecure`, for pulls or for pushes only. */
  readonly insecurePull?: readonly string[] | undefined;
  readonly insecurePush?: readonly string[] | undefined;
  /** Registries that are asked through their mirrors only. */
  readonly mirrorsOnly?: readonly string[] | undefined;
  /** How often a pull that failed is tried again, beside what the client repeats by itself. Default 0. */
  readonly pullRetries?: number | undefined;
  readonly pushRetries?: number | undefined;
  /** A push that fails since the tag may not be changed is a success. */
  readonly keepImmutableTags?: boolean | undefined;
}

/** Repositories that keep results of instructions, one tag a cache key. */
export interface RegistryCacheSettings {
  /** Repositories that are asked, in order. */
  readonly from: readonly string[];
  /** The repository that gets new results. */
  readonly to?: string | undefined;
  /** Results that are older are not taken, in milliseconds. */
  readonly maxAgeMs?: number | undefined;
  /** Which results are sent and asked for. Default: all. */
  readonly kinds?: readonly CachedKind[] | undefined;
}

/** RUN on the one side; COPY, ADD and WORKDIR on the other. */
export type CachedKind = 'run' | 'copy';

/** How new layers are compressed. */
export interface LayerCompressionSettings {
  readonly algorithm: 'gzip' | 'zstd';
  /** Default: one that was chosen by measurement. */
  readonly level?: number | undefined;
}

/** Which rung of the ladder to take; `auto` takes the highest that the place allows, and never `in-place`. */
export type IsolationChoice = 'auto' | 'userns' | 'chroot' | 'in-place';

/** The Dockerfile: a file, absolute or relative to the context, or text with a name for messages. */
export type DockerfileSource = { readonly path: string } | { readonly text: string; readonly name: string };

/** What to build: plain data, so that it can be sent to the process that builds. */
export interface BuildRequest {
  /** The build context, a folder. */
  readonly context: string;
  /** For messages and comparisons, where the folder is a temporary one: where it came from. */
  readonly contextName?: string | undefined;
  /** Default: `Dockerfile` of the context. */
  readonly dockerfile?: DockerfileSource | undefined;
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  /** Name or number of the stage to build. Default: the last. */
  readonly target?: string | undefined;
  /** References to push to; none leaves the image in the content store. */
  readonly destinations?: readonly string[] | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Annotations of the manifest. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** `linux/arm64`. Default: this machine's. */
  readonly platform?: string | undefined;
  /** Several: an image is built for each, and an index of them. Wins over `platform`. */
  readonly platforms?: readonly string[] | undefined;
  readonly store: StorePaths;
  readonly registries?: RegistrySettings | undefined;
  readonly isolation?: IsolationChoice | undefined;
  readonly noCache?: boolean | undefined;
  /** Keeps the cache small, after the build: the least recently used goes first. Absent: nothing is removed. */
  readonly cacheLimit?:
    | { /** Default: see `defaultCacheLimit`. */ readonly maxBytes?: number | undefined }
    | undefined;
  /** SOURCE_DATE_EPOCH in seconds: no time in the image is later, and equal input gives an equal digest. */
  readonly sourceDateEpoch?: number | undefined;
  /** Media types of the manifest. Default `oci`. */
  readonly format?: 'oci' | 'docker' | undefined;
  readonly compression?: LayerCompressionSettings | undefined;
  readonly registryCache?: RegistryCacheSettings | undefined;
  /** Files and folders that the image is written to. */
  readonly outputs?: readonly OutputSpec[] | undefined;
  /** Absolute paths whose changes by RUN stay out of the image. */
  readonly ignorePaths?: readonly string[] | undefined;
  /** Absolute paths that a build in place leaves alone, beside those that the request names anyway. */
  readonly keptPaths?: readonly string[] | undefined;
  /** Values of `RUN --mount=type=secret` by id; they stay out of the image, the cache and the logs. */
  readonly secrets?: Readonly<Record<string, SecretValue>> | undefined;
  /** For `RUN --mount=type=ssh` by id: the socket of an agent, or key files. */
  readonly ssh?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Folders or images by name, for `COPY --from` and `FROM`. */
  readonly namedContexts?: Readonly<Record<string, string>> | undefined;
  /** Filled with what each base image turned out to be, so that the attempts of one build look it up once. */
  readonly resolvedImages?: Record<string, string> | undefined;
}

/** A request with what cannot be sent as data. */
export interface BuildOptions extends BuildRequest {
  readonly credentials?: CredentialSource | undefined;
  /** For `cacheLimit`: what of the content store others need, where it is shared. */
  readonly neededBlobs?: NeededBlobs | undefined;
  readonly progress?: ProgressSink | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One destination after its push. */
export interface PushReport {
  readonly reference: string;
  readonly digest: Digest;
  readonly uploadedBytes: number;
  /** Bytes of blobs that the registry had already, or mounted from another repository. */
  readonly skippedBytes: number;
}

/** The image for one platform. */
export interface BuiltImage {
  /** `linux/arm64`. */
  readonly platform: string;
  readonly manifest: Descriptor;
  readonly configDigest: Digest;
  readonly size: number;
  readonly layers: readonly Layer[];
}

export interface BuildResult {
  /** The manifest, or the index of several platforms, in the content store. */
  readonly manifest: Descriptor;
  /** Of the first platform. */
  readonly configDigest: Digest;
  /** Compressed bytes of all layers and configurations. */
  readonly size: number;
  /** Of the first platform. */
  readonly layers: readonly Layer[];
  /** One for each platform, in the order in which they were asked for. */
  readonly images: readonly BuiltImage[];
  readonly pushed: readonly PushReport[];
  readonly steps: readonly StepReport[];
  readonly timings: { readonly totalMs: number; readonly buildMs: number; readonly pushMs: number };
  /** The rung that ran the instructions and why; undefined where nothing had to run. */
  readonly isolation: string | undefined;
}
