/** Kubernetes' limit of a label, which the name of a container is. */
const MAX_NAME = 63;

/** The container of a step: `step-<name>`, or `step-unnamed-<i>`; cut to 63 characters as Tekton cuts it. */
export function stepContainerName(name: string | undefined, index: number): string {
  return restrictLength(name ? `step-${name}` : `step-unnamed-${index}`);
}

/** The container of a sidecar: `sidecar-<name>`. */
export function sidecarContainerName(name: string | undefined): string {
  return restrictLength(`sidecar-${name ?? ''}`);
}

function restrictLength(name: string): string {
  return name.slice(0, MAX_NAME).replace(/[^a-zA-Z0-9]+$/, '');
}

/** The name of a volume that Tekton makes: `<prefix>-<the first characters of the FNV-1a hash of name>`. */
export function hashedName(prefix: string, name: string, length: number): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return `${prefix}-${hash.toString(16).slice(0, length).padEnd(length, '0')}`;
}
