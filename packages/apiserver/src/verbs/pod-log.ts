import { type ContainerStatus, type Pod, type PodLogOptions, StatusError } from '@slipway/kube';
import type { ResourceRequest, ServerContext } from '../context.ts';
import { getObject } from './get.ts';

export type LogRequest = Omit<PodLogOptions, 'container' | 'signal'> & {
  /** May be left out when the pod has only one. */
  readonly container?: string | undefined;
  readonly signal: AbortSignal;
};

/** Opens the log of one container (`pods/log`). Throws BadRequest, in kubelet's words, where there is none to read. */
export async function openPodLog(
  context: ServerContext,
  request: ResourceRequest,
  options: LogRequest,
): Promise<AsyncIterable<Uint8Array>> {
  const pod = getObject(context, request).copy() as Pod;
  const container = chooseContainer(pod, options.container);
  requireStarted(pod, container, options.previous ?? false);
  if (context.podLogs === undefined)
    throw StatusError.unavailable('no pod runner is attached: there are no logs here');
  return await context.podLogs.open(pod, { ...options, container });
}

function chooseContainer({ metadata, spec }: Pod, wanted: string | undefined): string {
  const names = spec.containers.map(({ name }) => name);
  const init = (spec.initContainers ?? []).map(({ name }) => name);
  const pod = metadata.name;
  if (wanted) {
    if (names.includes(wanted) || init.includes(wanted)) return wanted;
    throw StatusError.badRequest(`container ${wanted} is not valid for pod ${pod}`);
  }
  if (names.length === 1 && init.length === 0) return names[0]!;
  const orInit = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : '';
  throw StatusError.badRequest(
    `a container name must be specified for pod ${pod}, choose one of: [${names.join(' ')}]${orInit}`,
  );
}

function requireStarted({ metadata, status }: Pod, container: string, previous: boolean): void {
  const all: ContainerStatus[] = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ];
  const found = all.find(({ name }) => name === container);
  const subject = `container "${container}" in pod "${metadata.name}"`;
  if (previous) {
    if (found?.lastState?.terminated !== undefined) return;
    throw StatusError.badRequest(`previous terminated ${subject} not found`);
  }
  const reason = found?.state?.waiting?.reason;
  if (found?.state?.running ?? found?.state?.terminated ?? found?.lastState?.terminated) return;
  if (reason === 'ErrImagePull' || reason === 'ImagePullBackOff' || reason === 'InvalidImageName') {
    throw StatusError.badRequest(`${subject} is waiting to start: trying and failing to pull image`);
  }
  throw StatusError.badRequest(`${subject} is waiting to start: ${reason ?? 'ContainerCreating'}`);
}
