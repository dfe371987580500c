import type { Pod } from '@slipway/kube';
import { type Check, containersOf, contextsOf, type Violation } from './violation.ts';

// The Pod Security Standards, level "baseline" (https://kubernetes.io/docs/concepts/security/pod-security-standards/).

const allowedBy = 'privileged';

const CAPABILITIES = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);
const SELINUX_TYPES = new Set([
  '',
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
]);
/** The sysctls of a pod that touch no other. */
export const SAFE_SYSCTLS: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
]);

function hostNamespaces({ spec }: Pod): Violation[] {
  return (['hostNetwork', 'hostPID', 'hostIPC'] as const)
    .filter((field) => spec[field] === true)
    .map((field) => ({
      control: 'host namespaces',
      detail: `pod must not set spec.${field}=true`,
      field: `spec.${field}`,
      allowedBy,
    }));
}

function privileged({ spec }: Pod): Violation[] {
  return containersOf(spec)
    .filter(({ container }) => container.securityContext?.privileged === true)
    .map(({ field, label }) => ({
      control: 'privileged',
      detail: `${label} must not set securityContext.privileged=true`,
      field: `${field}.securityContext.privileged`,
      allowedBy,
    }));
}

function capabilities({ spec }: Pod): Violation[] {
  return containersOf(spec).flatMap(({ container, field, label }) => {
    const bad = (container.securityContext?.capabilities?.add ?? []).filter(
      (name) => !CAPABILITIES.has(name),
    );
    if (bad.length === 0) return [];
    return [
      {
        control: 'non-default capabilities',
        detail: `${label} must not include ${bad.map(quote).join(', ')} in securityContext.capabilities.add`,
        field: `${field}.securityContext.capabilities.add`,
        allowedBy,
      },
    ];
  });
}

function hostPathVolumes({ spec }: Pod): Violation[] {
  return (spec.volumes ?? []).flatMap((volume, index) =>
    volume.hostPath === undefined
      ? []
      : [
          {
            control: 'hostPath volumes',
            detail: `volume ${quote(volume.name)}`,
            field: `spec.volumes[${index}].hostPath`,
            allowedBy,
          },
        ],
  );
}

function hostPorts({ spec }: Pod): Violation[] {
  return containersOf(spec).flatMap(({ container, field, label }) =>
    (container.ports ?? []).flatMap(({ hostPort }, index) =>
      hostPort
        ? [
            {
              control: 'hostPort',
              detail: `${label} uses hostPort ${hostPort}`,
              field: `${field}.ports[${index}].hostPort`,
              allowedBy,
            },
          ]
        : [],
    ),
  );
}

function hostProcess({ spec }: Pod): Violation[] {
  return contextsOf(spec)
    .filter(({ context }) => context.windowsOptions?.hostProcess === true)
    .map(({ field, label }) => ({
      control: 'hostProcess',
      detail: `${label} must not set securityContext.windowsOptions.hostProcess=true`,
      field: `${field}.windowsOptions.hostProcess`,
      allowedBy,
    }));
}

function seLinux({ spec }: Pod): Violation[] {
  return contextsOf(spec).flatMap(({ context, field, label }) => {
    const { type = '', user, role } = context.seLinuxOptions ?? {};
    const bad = [
      ...(SELINUX_TYPES.has(type) ? [] : [['type', type] as const]),
      ...(user ? [['user', user] as const] : []),
      ...(role ? [['role', role] as const] : []),
    ];
    return bad.map(([member, value]) => ({
      control: 'seLinuxOptions',
      detail: `${label} set forbidden securityContext.seLinuxOptions: ${member} ${quote(value)}`,
      field: `${field}.seLinuxOptions.${member}`,
      allowedBy,
    }));
  });
}

function procMount({ spec }: Pod): Violation[] {
  return containersOf(spec)
    .filter(({ container }) => (container.securityContext?.procMount ?? 'Default') !== 'Default')
    .map(({ container, field, label }) => ({
      control: 'procMount',
      detail: `${label} must not set securityContext.procMount to ${quote(container.securityContext?.procMount ?? '')}`,
      field: `${field}.securityContext.procMount`,
      allowedBy,
    }));
}

function unconfined(member: 'seccompProfile' | 'appArmorProfile'): Check {
  return ({ spec }) =>
    contextsOf(spec)
      .filter(({ context }) => context[member]?.type === 'Unconfined')
      .map(({ field, label }) => ({
        control: member,
        detail: `${label} must not set securityContext.${member}.type to "Unconfined"`,
        field: `${field}.${member}.type`,
        allowedBy,
      }));
}

function sysctls({ spec }: Pod): Violation[] {
  return (spec.securityContext?.sysctls ?? []).flatMap(({ name }, index) =>
    SAFE_SYSCTLS.has(name)
      ? []
      : [
          {
            control: 'forbidden sysctls',
            detail: `pod must not set securityContext.sysctls ${quote(name)}`,
            field: `spec.securityContext.sysctls[${index}].name`,
            allowedBy,
          },
        ],
  );
}

function quote(text: string): string {
  return JSON.stringify(text);
}

/** What level `baseline` forbids. */
export const BASELINE_CHECKS: readonly Check[] = [
  hostNamespaces,
  privileged,
  capabilities,
  hostPathVolumes,
  hostPorts,
  hostProcess,
  seLinux,
  procMount,
  unconfined('seccompProfile'),
  unconfined('appArmorProfile'),
  sysctls,
];
