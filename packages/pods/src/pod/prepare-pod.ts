import { mkdir } from 'node:fs/promises';
import { backoffDelay } from '@slipway/core';
import type { Pod } from '@slipway/kube';
import { firstCredentials } from '@slipway/oci';
import { ConfigLookup } from '../container/lookup.ts';
import { pullCredentials } from '../images/pull-credentials.ts';
import type { RunnerContext } from '../runner-options.ts';
import { writeEtcFiles } from '../sandbox/etc-files.ts';
import type { PodProgress } from '../sandbox/progress.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { writeServiceFiles } from '../sandbox/service-files.ts';
import { credentialFiles } from '../steps/credentials.ts';
import { prepareStepFolders } from '../steps/step-folders.ts';
import { stepsOrder } from '../steps/steps-annotation.ts';
import { prepareVolumes } from '../volumes/prepare-volumes.ts';
import type { PodEnvironment } from './pod-environment.ts';
import { PodFailure } from './pod-failure.ts';
import { allContainers, type PodState } from './pod-state.ts';
import { startProblem } from './problem.ts';
import { pullImages } from './pull-images.ts';

export interface PrepareParts {
  readonly runner: RunnerContext;
  readonly pod: Pod;
  readonly sandbox: Sandbox;
  readonly progress: PodProgress;
  readonly state: PodState;
  readonly signal: AbortSignal;
}

const BACKOFF = { initialMs: 1000, maxMs: 30_000 };

/** Pulls images and makes volumes and files ready at the same time; tries again what may come later. */
export async function preparePod(parts: PrepareParts): Promise<PodEnvironment> {
  const { runner, pod, sandbox, progress } = parts;
  await mkdir(sandbox.folder, { recursive: true, mode: 0o700 });
  for (const { name } of allContainers(pod)) {
    await mkdir(`${sandbox.logFolder}/${name}`, { recursive: true });
    await mkdir(sandbox.container(name), { recursive: true });
  }
  const [images, files] = await Promise.all([imagesOf(parts), untilReady(parts, () => prepareFiles(parts))]);
  return {
    ...files,
    runner,
    pod,
    sandbox,
    progress,
    images,
    services: runner.services,
    address: runner.address,
  };
}

async function imagesOf(parts: PrepareParts): Promise<PodEnvironment['images']> {
  const { runner, pod, sandbox } = parts;
  const secrets = pod.spec.imagePullSecrets ?? [];
  const lookup = new ConfigLookup(runner.client, pod.metadata.namespace ?? 'default');
  await using ofSecrets = await pullCredentials(sandbox.folder, secrets, lookup);
  const sources = [ofSecrets.source, runner.pullCredentials?.(pod)].filter((source) => source !== undefined);
  const credentials = sources.length === 0 ? undefined : firstCredentials(...sources);
  return await pullImages({ ...parts, credentials });
}

type Files = Pick<
  PodEnvironment,
  'lookup' | 'volumes' | 'etcMounts' | 'serviceFiles' | 'order' | 'scripts' | 'credentials'
>;

async function prepareFiles({ runner, pod, sandbox }: PrepareParts): Promise<Files> {
  const lookup = new ConfigLookup(runner.client, pod.metadata.namespace ?? 'default');
  const order = stepsOrder(pod);
  const volumes = await prepareVolumes({ runner, pod, sandbox, lookup });
  const etcMounts = await writeEtcFiles(sandbox, pod, runner.services, runner.address);
  const serviceFiles = await writeServiceFiles(sandbox, runner.services);
  const scripts = order ? await prepareStepFolders(sandbox, order) : new Map<string, string>();
  const credentials = await credentialFiles(order?.credentials ?? [], lookup);
  return { lookup, volumes, etcMounts, serviceFiles, order, scripts, credentials };
}

/** Repeats while something is missing that a user may still create; shows what in the state of every waiting container. */
export async function untilReady<T>(
  { runner, pod, state, progress, signal }: PrepareParts,
  action: () => Promise<T>,
  only?: string,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await action();
    } catch (error) {
      signal.throwIfAborted();
      const { reason, message, isFatal } = startProblem(error);
      runner.events.warning(pod, 'Failed', `Error: ${message}`);
      if (isFatal) throw new PodFailure(reason, message);
      const waiting = allContainers(pod).filter(({ name }) =>
        only === undefined ? !progress.container(name).startedAt : name === only,
      );
      state.setAll(waiting, () => ({ waiting: { reason, message } }));
      await runner.clock.sleep(backoffDelay(tries, BACKOFF), signal);
    }
  }
}
