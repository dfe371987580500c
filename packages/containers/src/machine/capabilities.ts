import { readFileSync } from 'node:fs';

/** Every capability by its bit, from linux/capability.h (kernel 5.9 and later). */
const BITS: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
];

/** What Docker and containerd give a container that asks for nothing (14 capabilities). */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
];

/** The capabilities of a hexadecimal mask as /proc/PID/status prints it. */
export function capabilitiesOfMask(hex: string): string[] {
  const mask = BigInt(`0x${hex}`);
  return BITS.filter((_, bit) => (mask & (1n << BigInt(bit))) !== 0n);
}

/** The numbers of capabilities in linux/capability.h; names that it does not have are left out. */
export function capabilityNumbers(names: readonly string[]): number[] {
  return names.map((name) => BITS.indexOf(name)).filter((number) => number >= 0);
}

/** The capabilities that this process holds and may therefore hand to a container; a sandbox may have taken some. */
export function ownCapabilities(): string[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  return capabilitiesOfMask(/^CapPrm:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0');
}

/**
 * The capabilities of a Kubernetes container: the defaults, plus `add`, minus `drop` (`ALL` in either; names with or
 * without CAP_). As the kubelet does it, `add` wins over a dropped ALL.
 */
export function containerCapabilities(change: {
  readonly add?: readonly string[];
  readonly drop?: readonly string[];
}): string[] {
  const add = (change.add ?? []).map(fullName);
  const drop = (change.drop ?? []).map(fullName);
  const base = drop.includes('CAP_ALL') ? [] : add.includes('CAP_ALL') ? BITS : DEFAULT_CAPABILITIES;
  const kept = new Set([...base, ...add].filter((name) => name !== 'CAP_ALL'));
  for (const name of drop) kept.delete(name);
  return [...kept];
}

function fullName(name: string): string {
  const upper = name.toUpperCase();
  return upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
}
