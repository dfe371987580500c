import type { BindMount } from '@slipway/containers';
import type { Pod, StepsAnnotation } from '@slipway/kube';
import type { ConfigLookup } from '../container/lookup.ts';
import type { ProvidedImage } from '../images/image-provider.ts';
import type { RunnerContext, ServiceAddresses } from '../runner-options.ts';
import type { PodProgress } from '../sandbox/progress.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { ServiceFileSource } from '../sandbox/service-files.ts';
import type { CredentialFiles } from '../steps/credentials.ts';
import type { ScriptPaths } from '../steps/step-folders.ts';
import type { PreparedVolume } from '../volumes/volume-context.ts';

/** Everything of a pod that its containers share, ready to start them. */
export interface PodEnvironment {
  readonly runner: RunnerContext;
  readonly pod: Pod;
  readonly sandbox: Sandbox;
  readonly progress: PodProgress;
  readonly lookup: ConfigLookup;
  readonly services: ServiceAddresses;
  readonly address: string;
  /** By container. */
  readonly images: ReadonlyMap<string, ProvidedImage>;
  readonly volumes: ReadonlyMap<string, PreparedVolume>;
  readonly etcMounts: readonly BindMount[];
  readonly serviceFiles: readonly ServiceFileSource[];
  /** Of a pod with the steps annotation. */
  readonly order: StepsAnnotation | undefined;
  readonly scripts: ScriptPaths;
  readonly credentials: CredentialFiles;
}
