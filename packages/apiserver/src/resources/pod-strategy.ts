import { isDeepStrictEqual } from 'node:util';
import {
  type Container,
  type FieldError,
  forbiddenField,
  type KubeObject,
  type Pod,
  type PodSpec,
  parseQuantity,
} from '@slipway/kube';
import type { Strategy } from './definition.ts';

/** Pods: their first status, and a spec that hardly changes. */
export const podStrategy: Strategy = { prepareCreate, prepareUpdate, validateUpdate };

function prepareCreate(object: KubeObject): void {
  const pod = object as Pod;
  const { spec } = pod;
  pod.status = { phase: 'Pending', qosClass: qosClass(spec) };
}

function prepareUpdate(object: KubeObject, old: KubeObject): void {
  const { qosClass } = (old as Pod).status ?? {};
  if (qosClass !== undefined) (object as Pod).status = { qosClass, ...(object as Pod).status };
}

function allContainers(spec: PodSpec): Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
}

const COUNTED = ['cpu', 'memory'] as const;

/** Guaranteed, Burstable or BestEffort, from the requests and limits of cpu and memory. */
function qosClass(spec: PodSpec): string {
  const containers = allContainers(spec);
  const isSet = (container: Container): boolean =>
    COUNTED.some((name) => container.resources?.requests?.[name] ?? container.resources?.limits?.[name]);
  if (!containers.some(isSet)) return 'BestEffort';
  const isGuaranteed = containers.every((container) =>
    COUNTED.every((name) => {
      const limit = container.resources?.limits?.[name];
      const request = container.resources?.requests?.[name] ?? limit;
      return limit !== undefined && parseQuantity(limit) === parseQuantity(request ?? limit);
    }),
  );
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

const IMMUTABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

function validateUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  if (isDeepStrictEqual(fixedPart(object as Pod), fixedPart(old as Pod))) return [];
  return [forbiddenField('spec', IMMUTABLE)];
}

/** The spec without what may change; the machine may be set once, by whoever schedules the pod. */
function fixedPart({ spec }: Pod): unknown {
  const { activeDeadlineSeconds: _, tolerations: _t, nodeName: _n, ...rest } = spec;
  const withoutImages = (list: readonly Container[] | undefined): unknown =>
    (list ?? []).map(({ image: _i, ...container }) => container);
  // Through JSON, so that a member that is undefined equals one that is absent.
  return JSON.parse(
    JSON.stringify({
      ...rest,
      containers: withoutImages(spec.containers),
      initContainers: withoutImages(spec.initContainers),
    }),
  );
}
