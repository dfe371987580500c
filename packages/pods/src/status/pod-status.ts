import {
  type Condition,
  type Container,
  type ContainerState,
  type ContainerStatus,
  formatTime,
  type Pod,
  type PodPhase,
  type PodStatus,
  setCondition,
} from '@slipway/kube';
import type { ContainerProgress } from '../sandbox/progress.ts';

/** What the probes of a container that runs have found so far. */
export interface ContainerHealth {
  /** The startupProbe has succeeded. */
  readonly hasStarted: boolean;
  readonly isReady: boolean;
}

/** Of a container without probes. */
export const HEALTHY: ContainerHealth = { hasStarted: true, isReady: true };

/** What the worker knows of a pod, from which its status follows. */
export interface PodFacts {
  readonly pod: Pod;
  readonly states: ReadonlyMap<string, ContainerState>;
  readonly health: (container: string) => ContainerHealth;
  readonly progress: (container: string) => Readonly<ContainerProgress>;
  readonly startTime: Date;
  readonly address: string;
  readonly now: Date;
  /** The end that was put to the pod, whatever its containers say: a deadline, a full disk. */
  readonly verdict?: { readonly reason: string; readonly message: string } | undefined;
  readonly previous: PodStatus | undefined;
}

/** The status of a pod as the kubelet reports it. */
export function podStatus(facts: PodFacts): PodStatus {
  const { pod, address, startTime, verdict, previous } = facts;
  const initContainerStatuses = (pod.spec.initContainers ?? []).map((each) => containerStatus(each, facts));
  const containerStatuses = pod.spec.containers.map((each) => containerStatus(each, facts));
  const phase = phaseOf(facts);
  return {
    ...(previous?.qosClass ? { qosClass: previous.qosClass } : {}),
    phase,
    conditions: conditions(facts, phase),
    ...(verdict ? { reason: verdict.reason, message: verdict.message } : {}),
    hostIP: address,
    hostIPs: [{ ip: address }],
    podIP: address,
    podIPs: [{ ip: address }],
    startTime: formatTime(startTime),
    ...(initContainerStatuses.length > 0 ? { initContainerStatuses } : {}),
    containerStatuses,
  };
}

const stateOf = ({ states }: PodFacts, name: string): ContainerState => states.get(name) ?? { waiting: {} };

/** The phase (pod lifecycle, "Pod phase") that follows from the containers. */
function phaseOf(facts: PodFacts): PodPhase {
  if (facts.verdict) return 'Failed';
  const { initContainers = [], containers, restartPolicy = 'Always' } = facts.pod.spec;
  const failedInit = initContainers.some(
    (each) => each.restartPolicy !== 'Always' && (stateOf(facts, each.name).terminated?.exitCode ?? 0) !== 0,
  );
  if (failedInit && restartPolicy === 'Never') return 'Failed';
  const states = containers.map((each) => stateOf(facts, each.name));
  const ended = states.map((state) => state.terminated);
  if (restartPolicy !== 'Always' && ended.every((each) => each !== undefined)) {
    return ended.every((each) => each?.exitCode === 0) ? 'Succeeded' : 'Failed';
  }
  const hasStarted = states.some(({ running, terminated }) => running ?? terminated);
  const hasRun = containers.some((each) => facts.progress(each.name).last !== undefined);
  return hasStarted || hasRun ? 'Running' : 'Pending';
}

function containerStatus(container: Container, facts: PodFacts): ContainerStatus {
  const { restarts, imageId = '', last, startedAt, ended } = facts.progress(container.name);
  const state = stateOf(facts, container.name);
  const id = `runc://${facts.pod.metadata.uid}_${container.name}_${restarts}`;
  return {
    name: container.name,
    state,
    ...(last ? { lastState: { terminated: last } } : {}),
    ready: isReady(container, facts),
    started: state.running !== undefined && facts.health(container.name).hasStarted,
    restartCount: restarts,
    image: container.image ?? '',
    imageID: imageId,
    ...(startedAt || ended ? { containerID: id } : {}),
  };
}

function isReady({ name }: Container, facts: PodFacts): boolean {
  return stateOf(facts, name).running !== undefined && facts.health(name).isReady;
}

function conditions(facts: PodFacts, phase: PodPhase): Condition[] {
  const { pod, previous, now } = facts;
  const isOver = phase === 'Succeeded' || phase === 'Failed';
  const areReady = pod.spec.containers.every((each) => isReady(each, facts));
  const isInitialized = (pod.spec.initContainers ?? []).every((each) => isDone(each, facts));
  const notReady = isOver ? { reason: 'PodCompleted' } : { reason: 'ContainersNotReady' };
  const condition = (type: string, holds: boolean, why: Partial<Condition> = {}): Condition =>
    ({ type, status: holds ? 'True' : 'False', ...(holds ? {} : why) }) as Condition;
  const wanted = [
    condition('PodReadyToStartContainers', !isOver),
    condition('Initialized', isInitialized, { reason: 'ContainersNotInitialized' }),
    condition('Ready', areReady, notReady),
    condition('ContainersReady', areReady, notReady),
    condition('PodScheduled', true),
  ];
  let all: Condition[] = previous?.conditions ?? [];
  for (const each of wanted) all = setCondition(all, each, now);
  return all;
}

/** An init container is done when it succeeded; one that restarts always is a sidecar, and done when it has started up. */
function isDone(container: Container, facts: PodFacts): boolean {
  const state = stateOf(facts, container.name);
  if (container.restartPolicy === 'Always') {
    const runs = state.running !== undefined && facts.health(container.name).hasStarted;
    return runs || state.terminated !== undefined;
  }
  return state.terminated?.exitCode === 0;
}
