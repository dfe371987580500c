export { hasOneId, type MachineCheck, type MachineReport, probeMachine } from '@slipway/containers';
export { REGISTRY_NAMES, REGISTRY_SERVICE_PORT } from './addresses.ts';
export type { ControlPlane, ControlPlaneOptions } from './control-plane.ts';
export { controlPlaneEndpoints, type Endpoints } from './kubeconfig.ts';
export { type LocalRegistry, startLocalRegistry } from './local-registry.ts';
export { findRunning, hasEnded, type RunningControlPlane } from './lock.ts';
export { enterNamespace, MORE_IDS_HINT } from './namespace.ts';
export { recordedPeakMemory } from './peak-memory.ts';
export { type Policy, recordedPolicy, requirePolicy } from './policy.ts';
export { CATALOGUE, type CatalogueEntry } from './seed/catalogue.ts';
export { seed } from './seed/seed.ts';
export type {
  SeedBuild,
  SeededImage,
  SeedOptions,
  SeedProgress,
} from './seed/seed-options.ts';
export { type SeedTarget, seedOptions } from './seed/with-builder.ts';
export {
  type StandaloneOptions,
  type StandaloneRegistry,
  startStandaloneRegistry,
} from './standalone-registry.ts';
export { startControlPlane } from './start-control-plane.ts';
export { createStateFolder, defaultStateDir, type StateFolder, stateFolder } from './state-folder.ts';
export { neededBlobs } from './upkeep/needed-blobs.ts';
export { offlineUpkeep } from './upkeep/offline.ts';
export type { Upkeep } from './upkeep/perform.ts';
