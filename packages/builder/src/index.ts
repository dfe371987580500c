export { baseReferences } from './base-references.ts';
export { buildImage } from './build.ts';
export {
  type BuildOptions,
  type BuildRequest,
  type BuildResult,
  type BuiltImage,
  type DockerfileSource,
  type IsolationChoice,
  type PushReport,
  type RegistrySettings,
  type StorePaths,
  storePaths,
} from './build-options.ts';
export type { CacheItem, PruneReport } from './cache/storage/cache-item.ts';
export type { PrunePolicy } from './cache/storage/choose-items.ts';
export { defaultCacheLimit } from './cache/storage/default-limit.ts';
export type { NeededBlobs } from './cache/storage/inventory.ts';
export { type CacheOptions, listCache, type PruneOptions, pruneCache } from './cache/storage/prune-cache.ts';
export { type CheckOptions, type CheckReport, checkDockerfile } from './check-dockerfile.ts';
export { type OpenedContext, openContext } from './context-source/open-context.ts';
export type { Layer } from './image/layer.ts';
export {
  mirrorRules,
  SERVICE_ACCOUNT_FOLDER,
  serviceAccountAuthority,
  serviceAccountCredentials,
} from './in-cluster.ts';
export { type OutputSpec, parseOutput } from './output/output-spec.ts';
export { jsonProgress } from './progress/json-progress.ts';
export { plainProgress } from './progress/plain-progress.ts';
export {
  type ProgressEvent,
  type ProgressSink,
  type StepStatus,
  silentProgress,
} from './progress/progress.ts';
export type { StepReport } from './progress/step-reporter.ts';
export { type LiveProgress, type Terminal, ttyProgress } from './progress/tty-progress.ts';
export { warningLines } from './progress/warning-lines.ts';
export { type RunBuildOptions, runBuild } from './run-build.ts';
export { type SecretValue, secretValue } from './secret-value.ts';
export { workerMain } from './worker/worker-main.ts';
