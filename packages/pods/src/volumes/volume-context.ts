import type { Pod } from '@slipway/kube';
import type { ConfigLookup } from '../container/lookup.ts';
import type { RunnerContext } from '../runner-options.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

/** What preparing a volume may need. */
export interface VolumeContext {
  readonly runner: RunnerContext;
  readonly pod: Pod;
  readonly sandbox: Sandbox;
  readonly lookup: ConfigLookup;
}

/** A volume that is ready to be mounted. */
export interface PreparedVolume {
  /** Folder or file on this machine. */
  readonly path: string;
  readonly readonly?: boolean;
  /** Whether the pod's fsGroup is given to it. */
  readonly ownable?: boolean;
  /** When its files must be written anew. */
  readonly refreshAt?: Date;
}
