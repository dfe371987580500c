import type { KubeObject } from './metadata.ts';

/** Upkeep of the embedded registry (slipway.dev/v1): asked for by creating it, done by the control plane, reported in its status. */
export interface RegistryMaintenance extends KubeObject {
  apiVersion: 'slipway.dev/v1';
  kind: 'RegistryMaintenance';
  spec: RegistryMaintenanceSpec;
  status?: RegistryMaintenanceStatus;
}

/** What is to be done; it cannot be changed later. */
export interface RegistryMaintenanceSpec {
  action: 'CollectGarbage' | 'Check';
  /** Garbage: count without removing. */
  dryRun?: boolean;
  /** Garbage: also remove manifests that no tag and no index names. */
  untagged?: boolean;
  /** Garbage: what was used within this time stays, like `1h`, which is the default. */
  grace?: string;
  /** Check: also read every file and compare its digest. */
  deep?: boolean;
}

/** How far it has come, and what came of it. */
export interface RegistryMaintenanceStatus {
  phase: 'Running' | 'Succeeded' | 'Failed';
  startTime: string;
  completionTime?: string;
  /** One sentence on the result. */
  message?: string;
  garbage?: { manifests: number; blobs: number; uploads: number; files: number; bytes: number };
  check?: { manifests: number; blobs: number; problems: { code: string; message: string }[] };
}
