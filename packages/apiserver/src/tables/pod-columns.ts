import type { ContainerStatus, KubeObject, Pod } from '@slipway/kube';
import { AGE, age, type Column, column, NAME } from './column.ts';

const NONE = '<none>';

function statuses(pod: Pod): readonly ContainerStatus[] {
  return pod.status?.containerStatuses ?? [];
}

function ready(object: KubeObject): string {
  const pod = object as Pod;
  const running = statuses(pod).filter((status) => status.ready && status.state?.running !== undefined);
  return `${running.length}/${pod.spec.containers.length}`;
}

function restarts(object: KubeObject, now: Date): string {
  const all = statuses(object as Pod);
  const total = all.reduce((sum, status) => sum + status.restartCount, 0);
  const last = all
    .map((status) => status.lastState?.terminated?.finishedAt ?? '')
    .sort()
    .at(-1);
  return total > 0 && last ? `${total} (${age(last, now)} ago)` : String(total);
}

/** What kubectl shows as STATUS (k8s.io/kubernetes pkg/printers/internalversion printPod). */
export function podStatus(object: KubeObject): string {
  const pod = object as Pod;
  const phase = pod.status?.reason ?? pod.status?.phase ?? '';
  const reason = initReason(pod) ?? containerReason(pod) ?? phase;
  if (pod.metadata.deletionTimestamp === undefined) return reason;
  const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  return ended ? reason : 'Terminating';
}

/** The first init container that has not succeeded gives the reason. */
function initReason(pod: Pod): string | undefined {
  const all = pod.status?.initContainerStatuses ?? [];
  for (const [index, { state, ready: isReady }] of all.entries()) {
    const { terminated, waiting } = state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (isReady) continue;
    if (terminated !== undefined) return `Init:${terminated.reason || exitReason(terminated)}`;
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
    return `Init:${index}/${pod.spec.initContainers?.length ?? all.length}`;
  }
  return undefined;
}

function containerReason(pod: Pod): string | undefined {
  let reason: string | undefined;
  let running = false;
  // The first container's reason wins, as the loop of kubectl's server side runs backwards.
  for (const { state, ready: isReady } of [...statuses(pod)].reverse()) {
    if (state?.waiting?.reason) reason = state.waiting.reason;
    else if (state?.terminated !== undefined)
      reason = state.terminated.reason || exitReason(state.terminated);
    else if (isReady && state?.running !== undefined) running = true;
  }
  if (reason !== 'Completed' || !running) return reason;
  const isReady = (pod.status?.conditions ?? []).some(
    (each) => each.type === 'Ready' && each.status === 'True',
  );
  return isReady ? 'Running' : 'NotReady';
}

function exitReason(terminated: { signal?: number; exitCode: number }): string {
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

function readinessGates(object: KubeObject): string {
  const gates = (object as Pod).spec.readinessGates ?? [];
  if (gates.length === 0) return NONE;
  const conditions = (object as Pod).status?.conditions ?? [];
  const met = gates.filter((gate) =>
    conditions.some(({ type, status }) => type === gate.conditionType && status === 'True'),
  );
  return `${met.length}/${gates.length}`;
}

/** The columns of `kubectl get pods`. */
export const POD_COLUMNS: readonly Column[] = [
  NAME,
  column('Ready', 'How many of the containers are ready.', ready),
  column('Status', 'The aggregate status of the containers.', podStatus),
  column('Restarts', 'How often containers have been restarted.', restarts),
  AGE,
  column('IP', 'The address of the pod.', (object) => (object as Pod).status?.podIP || NONE, { wide: true }),
  column('Node', 'The machine it runs on.', (object) => (object as Pod).spec.nodeName || NONE, {
    wide: true,
  }),
  column(
    'Nominated Node',
    'The machine it is about to get.',
    (object) => (object as Pod).status?.nominatedNodeName || NONE,
    {
      wide: true,
    },
  ),
  column('Readiness Gates', 'Further conditions of being ready.', readinessGates, { wide: true }),
];
