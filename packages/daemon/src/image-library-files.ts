import type { ServiceFile } from '@slipway/pods';
import { REGISTRY_NAMES, REGISTRY_SERVICE_PORT } from './addresses.ts';

/** The configuration of buildah, podman and skopeo (containers-registries.conf(5), containers-certs.d(5)). */
const FOLDER = '/etc/containers';
/** Registries whose images are looked for in the mirror first. The format has no way to say "all". */
const UPSTREAM = [
  'docker.io',
  'gcr.io',
  'ghcr.io',
  'mcr.microsoft.com',
  'mirror.gcr.io',
  'public.ecr.aws',
  'quay.io',
  'registry.access.redhat.com',
  'registry.fedoraproject.org',
  'registry.k8s.io',
  'registry.redhat.io',
];

/**
 * What lets buildah and its kin in pods find images where this machine finds them: the embedded registry as the mirror of the
 * others, and its certificate authority. A file of that name in /etc/containers/registries.conf.d leaves the image's own files alone.
 */
export function imageLibraryFiles(ca: string): ServiceFile[] {
  const mirror = `${REGISTRY_NAMES[0]}:${REGISTRY_SERVICE_PORT}`;
  const registries = UPSTREAM.map(
    (host) => `[[registry]]\nlocation = "${host}"\n[[registry.mirror]]\nlocation = "${mirror}/${host}"\n`,
  );
  const certificates = REGISTRY_NAMES.map((name) => ({
    path: `${FOLDER}/certs.d/${name}:${REGISTRY_SERVICE_PORT}/ca.crt`,
    text: ca,
    folder: FOLDER,
  }));
  const drop = { path: `${FOLDER}/registries.conf.d/50-slipway.conf`, folder: FOLDER };
  return [{ ...drop, text: registries.join('\n') }, ...certificates];
}
