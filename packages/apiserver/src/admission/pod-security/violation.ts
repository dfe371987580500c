import type { Container, Pod, PodSpec, SecurityContext } from '@slipway/kube';

export type Level = 'privileged' | 'baseline' | 'restricted';

/** One field of a pod that a level of the Pod Security Standards does not allow. */
export interface Violation {
  /** The control as Kubernetes names it in messages: `host namespaces`. */
  readonly control: string;
  /** `container "c" must not set securityContext.privileged=true`. */
  readonly detail: string;
  /** The path of the field: `spec.containers[0].securityContext.privileged`. */
  readonly field: string;
  /** The strictest level that allows it. */
  readonly allowedBy: 'privileged' | 'baseline';
}

/** One control of the standards. */
export type Check = (pod: Pod) => Violation[];

/** A container, where it is in the pod, and how messages speak of it. */
export interface PlacedContainer {
  readonly container: Container;
  readonly field: string;
  readonly label: string;
}

/** Init, ordinary and ephemeral containers. */
export function containersOf(spec: PodSpec): PlacedContainer[] {
  const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const;
  return lists.flatMap((list) =>
    (spec[list] ?? []).map((container, index) => ({
      container,
      field: `spec.${list}[${index}]`,
      label: `container "${container.name}"`,
    })),
  );
}

/** A security context of the pod or of one container, as most controls look at both alike. */
export interface PlacedContext {
  readonly context: Pick<
    SecurityContext,
    'windowsOptions' | 'seLinuxOptions' | 'seccompProfile' | 'appArmorProfile' | 'runAsUser' | 'runAsNonRoot'
  >;
  readonly field: string;
  readonly label: string;
}

export function contextsOf(spec: PodSpec): PlacedContext[] {
  const pod = { context: spec.securityContext ?? {}, field: 'spec.securityContext', label: 'pod' };
  const containers = containersOf(spec).map(({ container, field, label }) => ({
    context: container.securityContext ?? {},
    field: `${field}.securityContext`,
    label,
  }));
  return [pod, ...containers];
}
