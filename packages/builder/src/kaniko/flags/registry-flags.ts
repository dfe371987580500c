import type { Flag } from './flag.ts';

/** How registries are reached. */
export const REGISTRY_FLAGS: readonly Flag[] = [
  { name: 'insecure', type: 'boolean', description: 'push over plain HTTP where the registry speaks no TLS' },
  {
    name: 'insecure-pull',
    type: 'boolean',
    description: 'pull over plain HTTP where a registry speaks no TLS',
  },
  {
    name: 'insecure-registry',
    type: 'list',
    description: 'registry that may speak plain HTTP, for pull and push',
  },
  { name: 'skip-tls-verify', type: 'boolean', description: 'push without verifying the certificate' },
  { name: 'skip-tls-verify-pull', type: 'boolean', description: 'pull without verifying certificates' },
  {
    name: 'skip-tls-verify-registry',
    type: 'list',
    description: 'registry whose certificate is not verified, for pull and push',
  },
  {
    name: 'registry-certificate',
    type: 'list',
    description: 'certificate authority of one registry: `REGISTRY=FILE`, PEM',
  },
  {
    name: 'registry-client-cert',
    type: 'list',
    description: 'client certificate for one registry: `REGISTRY=CERTIFICATE,KEY`, two files, PEM',
  },
  {
    name: 'registry-mirror',
    type: 'list',
    env: 'KANIKO_REGISTRY_MIRROR',
    description: 'registry that is asked for images of docker.io first, with a path if it has one',
  },
  {
    name: 'registry-map',
    type: 'list',
    env: 'KANIKO_REGISTRY_MAP',
    description: 'registries that are asked first, by registry: `REGISTRY=MIRROR;REGISTRY=MIRROR`',
  },
  {
    name: 'skip-default-registry-fallback',
    type: 'boolean',
    description: 'do not ask a registry that has a mirror by these flags, even where the mirror fails',
  },
  {
    name: 'image-download-retry',
    type: 'int',
    default: '0',
    description: 'how often a base image whose pull failed is tried again',
  },
];
