import type { Container } from '../objects/container.ts';
import type { PersistentVolumeClaim, Secret } from '../objects/core-v1.ts';
import type { KubeObject } from '../objects/metadata.ts';
import type { Pod } from '../objects/pod.ts';
import type { RoleBinding } from '../objects/rbac.ts';

/** The defaults that depend on other fields, by kind; the rest are in the table. */
const BY_KIND: Readonly<Record<string, (object: never) => void>> = {
  Pod: defaultPod,
  Secret: mergeStringData,
  PersistentVolumeClaim: defaultClaim,
  RoleBinding: defaultSubjects,
  ClusterRoleBinding: defaultSubjects,
};

/** Applies them. Changes the object. */
export function kindDefaults(object: KubeObject): void {
  BY_KIND[object.kind]?.(object as never);
}

function defaultPod({ spec }: Pod): void {
  if (!spec) return;
  const account = spec.serviceAccountName || spec.serviceAccount;
  if (account) {
    spec.serviceAccountName = account;
    spec.serviceAccount = account;
  }
  for (const container of [spec.initContainers, spec.containers].flat()) {
    if (container) defaultContainer(container, spec.hostNetwork === true);
  }
  for (const volume of spec.volumes ?? []) {
    const sources = Object.keys(volume).filter((name) => name !== 'name');
    if (sources.length === 0) volume.emptyDir = {};
  }
}

function defaultContainer(container: Container, hostNetwork: boolean): void {
  container.imagePullPolicy ||= defaultPullPolicy(container.image ?? '');
  for (const port of container.ports ?? []) {
    if (hostNetwork && !port.hostPort) port.hostPort = port.containerPort;
  }
  const { limits } = container.resources ?? {};
  if (!limits || !container.resources) return;
  container.resources.requests = { ...limits, ...container.resources.requests };
}

/** `Always` for `latest` and for no tag or digest at all. */
function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function mergeStringData(secret: Secret): void {
  if (!secret.stringData) return;
  const texts = Object.entries(secret.stringData);
  const encoded = texts.map(([key, text]) => [key, Buffer.from(text).toString('base64')] as const);
  secret.data = { ...secret.data, ...Object.fromEntries(encoded) };
  delete secret.stringData;
}

function defaultClaim(claim: PersistentVolumeClaim): void {
  claim.status = { phase: 'Pending', ...claim.status };
}

function defaultSubjects(binding: RoleBinding): void {
  for (const subject of binding.subjects ?? []) {
    if (subject.apiGroup || subject.kind === 'ServiceAccount') continue;
    subject.apiGroup = 'rbac.authorization.k8s.io';
  }
}
