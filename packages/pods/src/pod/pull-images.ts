import { backoffDelay } from '@slipway/core';
import type { Container, Pod, PullPolicy } from '@slipway/kube';
import type { CredentialSource } from '@slipway/oci';
import type { ProvidedImage } from '../images/image-provider.ts';
import type { RunnerContext } from '../runner-options.ts';
import type { PodProgress } from '../sandbox/progress.ts';
import { PodFailure } from './pod-failure.ts';
import { allContainers, type PodState } from './pod-state.ts';
import { imageProblem, type Problem } from './problem.ts';

export interface PullParts {
  readonly runner: RunnerContext;
  readonly pod: Pod;
  readonly progress: PodProgress;
  readonly state: PodState;
  readonly credentials: CredentialSource | undefined;
  readonly signal: AbortSignal;
}

/** How long ErrImagePull is shown before it becomes ImagePullBackOff. */
const SHOW_ERROR_MS = 500;
/** As the kubelet: 10 s, doubled up to 5 min. */
const BACKOFF = { initialMs: 10_000, maxMs: 300_000 };

/** Gets the images of all containers, by container; tries again while the pod lives. Throws PodFailure on a full disk. */
export async function pullImages(parts: PullParts): Promise<Map<string, ProvidedImage>> {
  const containers = allContainers(parts.pod).filter(({ name }) => !parts.progress.container(name).ended);
  const byReference = new Map<string, Promise<ProvidedImage>>();
  const images = new Map<string, ProvidedImage>();
  await Promise.all(
    containers.map(async (container) => {
      const key = `${pullPolicy(container)} ${container.image}`;
      const pulling = byReference.get(key) ?? pullUntilThere(parts, container, containers);
      byReference.set(key, pulling);
      const image = await pulling;
      images.set(container.name, image);
      await parts.progress.update(container.name, { imageId: image.imageId });
    }),
  );
  return images;
}

async function pullUntilThere(
  parts: PullParts,
  container: Container,
  all: readonly Container[],
): Promise<ProvidedImage> {
  const same = all.filter(({ image }) => image === container.image);
  for (let tries = 0; ; tries++) {
    try {
      return await pullOnce(parts, container);
    } catch (error) {
      parts.signal.throwIfAborted();
      await reportAndWait(parts, container, same, imageProblem(error), tries);
    }
  }
}

async function pullOnce(
  { runner, pod, credentials, signal }: PullParts,
  container: Container,
): Promise<ProvidedImage> {
  const reference = container.image ?? '';
  const started = runner.clock.now().getTime();
  const policy = pullPolicy(container);
  const image = await runner.images.provide(reference, { pullPolicy: policy, credentials, signal });
  const took = runner.clock.now().getTime() - started;
  const message = image.pulled
    ? `Successfully pulled image "${reference}" in ${took}ms`
    : `Container image "${reference}" already present on machine`;
  runner.events.normal(pod, 'Pulled', message, container.name);
  return image;
}

async function reportAndWait(
  { runner, pod, state, signal }: PullParts,
  container: Container,
  same: readonly Container[],
  problem: Problem,
  tries: number,
): Promise<void> {
  const { reason, message, isFatal } = problem;
  runner.events.warning(
    pod,
    'Failed',
    `Failed to pull image "${container.image}": ${message}`,
    container.name,
  );
  if (isFatal) throw new PodFailure(reason, message);
  state.setAll(same, () => ({ waiting: { reason, message } }));
  const delay = backoffDelay(tries, BACKOFF);
  if (reason === 'ErrImagePull') {
    await runner.clock.sleep(SHOW_ERROR_MS, signal);
    runner.events.normal(pod, 'BackOff', `Back-off pulling image "${container.image}"`, container.name);
    const text = `Back-off pulling image "${container.image}": ${message}`;
    state.setAll(same, () => ({ waiting: { reason: 'ImagePullBackOff', message: text } }));
  }
  await runner.clock.sleep(delay, signal);
}

/** Kubernetes' default: a tag that moves is looked up each time. */
function pullPolicy({ image = '', imagePullPolicy }: Container): PullPolicy {
  if (imagePullPolicy) return imagePullPolicy;
  if (image.includes('@')) return 'IfNotPresent';
  const tag = image.slice(image.lastIndexOf('/') + 1).split(':')[1];
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent';
}
