import type { BuildPlan, CheckDirective } from '@slipway/dockerfile';
import type { ContentStore, LayerStore, Platform, RegistryClient } from '@slipway/oci';
import type { Attempt } from './attempt.ts';
import type { BaseBlobs } from './base-blobs.ts';
import type { BuildRequest } from './build-options.ts';
import type { CacheHistory } from './cache/explain/cache-history.ts';
import type { FileIndex } from './cache/file-index.ts';
import type { InstructionCache } from './cache/instruction-cache.ts';
import type { RegistryCache } from './cache/registry-cache.ts';
import type { SourceTree } from './copy/source-tree.ts';
import type { Rung } from './isolation/rung.ts';
import type { Emulation } from './platform/emulation.ts';
import type { StepReporter } from './progress/step-reporter.ts';
import type { PushAhead } from './push-ahead.ts';
import type { Scratch } from './scratch.ts';

/** All that the steps of one build share. */
export interface BuildSession {
  readonly request: BuildRequest;
  readonly plan: BuildPlan;
  /** The plan with the ONBUILD triggers of base images, by the index of the stage that is FROM them. */
  readonly planWithTriggers: (triggers: ReadonlyMap<number, readonly string[]>) => BuildPlan;
  /** What the Dockerfile says of its checks. */
  readonly check: CheckDirective;
  /** The Dockerfile's escape character. */
  readonly escape: string;
  readonly context: SourceTree;
  readonly store: ContentStore;
  readonly layers: LayerStore;
  readonly baseBlobs: BaseBlobs;
  readonly cache: InstructionCache;
  readonly registryCache: RegistryCache | undefined;
  readonly fileIndex: FileIndex;
  /** Whether a step that is not in the cache ends the build with NOT_CACHED. */
  readonly onlyCached: boolean;
  /** Of a build in its caller's process, without a worker. */
  readonly attempt: Attempt | undefined;
  /** What earlier builds depended on. */
  readonly history: CacheHistory;
  /** For pulls. */
  readonly client: RegistryClient;
  /** For pushes and for the cache in a registry: it knows no mirrors. */
  readonly pushClient: RegistryClient;
  /** Sends layers of the image while the build goes on. */
  readonly pushAhead: PushAhead;
  readonly reporter: StepReporter;
  readonly scratch: Scratch;
  /** Chosen when the first step needs it: a build that is cached as a whole mounts nothing. */
  readonly rung: () => Promise<Rung>;
  readonly platform: Platform;
  /** What the titles of steps begin with where several platforms are built: `linux/arm64`. */
  readonly platformLabel: string | undefined;
  readonly emulation: Emulation;
  /** The time of this build, or SOURCE_DATE_EPOCH. */
  readonly created: Date;
  /** Aborted by the caller, and by the first step that fails. */
  readonly signal: AbortSignal;
}
