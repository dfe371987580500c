import type { Pod, Volume } from '@slipway/kube';
import { type Check, containersOf, type PlacedContainer, type Violation } from './violation.ts';

// The Pod Security Standards, level "restricted"; in addition to "baseline".

const allowedBy = 'baseline';

const VOLUME_TYPES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

function volumeTypes({ spec }: Pod): Violation[] {
  return (spec.volumes ?? []).flatMap((volume: Volume, index) => {
    const bad = Object.keys(volume).filter((member) => member !== 'name' && !VOLUME_TYPES.has(member));
    return bad.map((type) => ({
      control: 'restricted volume types',
      detail: `volume "${volume.name}" uses restricted volume type "${type}"`,
      field: `spec.volumes[${index}].${type}`,
      allowedBy: type === 'hostPath' ? ('privileged' as const) : ('baseline' as const),
    }));
  });
}

function privilegeEscalation({ spec }: Pod): Violation[] {
  return containersOf(spec)
    .filter(({ container }) => container.securityContext?.allowPrivilegeEscalation !== false)
    .map(({ field, label }) => ({
      control: 'allowPrivilegeEscalation != false',
      detail: `${label} must set securityContext.allowPrivilegeEscalation=false`,
      field: `${field}.securityContext.allowPrivilegeEscalation`,
      allowedBy,
    }));
}

/** For what a container may leave to the pod: the containers that are wrong, given the pod's own value. */
function effective<T>(
  pod: T | undefined,
  containers: readonly PlacedContainer[],
  own: (placed: PlacedContainer) => T | undefined,
  isRight: (value: T | undefined) => boolean,
): PlacedContainer[] {
  return containers.filter((placed) => !isRight(own(placed) ?? pod));
}

function runAsNonRoot({ spec }: Pod): Violation[] {
  return effective(
    spec.securityContext?.runAsNonRoot,
    containersOf(spec),
    ({ container }) => container.securityContext?.runAsNonRoot,
    (value) => value === true,
  ).map(({ field, label }) => ({
    control: 'runAsNonRoot != true',
    detail: `pod or ${label} must set securityContext.runAsNonRoot=true`,
    field: `${field}.securityContext.runAsNonRoot`,
    allowedBy,
  }));
}

function runAsUser({ spec }: Pod): Violation[] {
  const control = 'runAsUser=0';
  const pod: Violation[] =
    spec.securityContext?.runAsUser === 0
      ? [
          {
            control,
            detail: 'pod must not set runAsUser=0',
            field: 'spec.securityContext.runAsUser',
            allowedBy,
          },
        ]
      : [];
  const containers = containersOf(spec)
    .filter(({ container }) => container.securityContext?.runAsUser === 0)
    .map(({ field, label }) => ({
      control,
      detail: `${label} must not set runAsUser=0`,
      field: `${field}.securityContext.runAsUser`,
      allowedBy: 'baseline' as const,
    }));
  return [...pod, ...containers];
}

function seccompProfile({ spec }: Pod): Violation[] {
  return effective(
    spec.securityContext?.seccompProfile?.type,
    containersOf(spec),
    ({ container }) => container.securityContext?.seccompProfile?.type,
    (type) => type === 'RuntimeDefault' || type === 'Localhost',
  ).map(({ field, label }) => ({
    control: 'seccompProfile',
    detail: `pod or ${label} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
    field: `${field}.securityContext.seccompProfile.type`,
    allowedBy,
  }));
}

function capabilities({ spec }: Pod): Violation[] {
  return containersOf(spec).flatMap(({ container, field, label }) => {
    const { add = [], drop = [] } = container.securityContext?.capabilities ?? {};
    const place = `${field}.securityContext.capabilities`;
    const control = 'unrestricted capabilities';
    const missing: Violation[] = drop.includes('ALL')
      ? []
      : [
          {
            control,
            detail: `${label} must set securityContext.capabilities.drop=["ALL"]`,
            field: `${place}.drop`,
            allowedBy,
          },
        ];
    const bad = add.filter((name) => name !== 'NET_BIND_SERVICE');
    if (bad.length === 0) return missing;
    const names = bad.map((name) => JSON.stringify(name)).join(', ');
    const detail = `${label} must not include ${names} in securityContext.capabilities.add`;
    return [...missing, { control, detail, field: `${place}.add`, allowedBy }];
  });
}

/** What level `restricted` forbids beyond `baseline`. */
export const RESTRICTED_CHECKS: readonly Check[] = [
  volumeTypes,
  privilegeEscalation,
  runAsNonRoot,
  runAsUser,
  seccompProfile,
  capabilities,
];
