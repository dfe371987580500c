import { SlipwayError } from '@slipway/core';
import { formatReference, parseReference, type Reference } from '@slipway/oci';
import type { EmbeddedSession } from '../session.ts';

/** Name of the embedded registry inside pods. */
const IN_CLUSTER = 'image-registry.openshift-image-registry.svc:5000';
/** What a reference without a registry is parsed with; no real registry has this name. */
const EMBEDDED = 'embedded.slipway.invalid';

/** Where an image is pushed, as this machine and as the pods name it. */
export interface Destination {
  readonly here: Reference;
  readonly inCluster: Reference;
  /** First component of the repository: the namespace whose permissions count at the embedded registry. */
  readonly namespace: string | undefined;
}

/**
 * Reads `--to`. Without a registry the embedded one is meant; its address on this machine means the same registry.
 * On a cluster the registry has to be named.
 */
export function parseDestination(text: string, embedded: EmbeddedSession | undefined): Destination {
  const parsed = parseReference(text, { defaultRegistry: EMBEDDED });
  if (parsed.digest !== undefined) {
    throw new SlipwayError(
      'usage',
      'DESTINATION_DIGEST',
      `"${text}": a digest is the result of a build, not its name`,
      {
        hint: 'give a tag instead, like demo/app:1.0',
      },
    );
  }
  const own = embedded && [
    EMBEDDED,
    IN_CLUSTER,
    embedded.registry,
    embedded.registry.replace('127.0.0.1', 'localhost'),
  ];
  if (own?.includes(parsed.registry)) {
    const namespace = namespaceOf(parsed.repository, text);
    const here = { ...parsed, registry: embedded?.registry ?? '' };
    return { here, inCluster: { ...parsed, registry: IN_CLUSTER }, namespace };
  }
  if (parsed.registry === EMBEDDED) {
    throw new SlipwayError('usage', 'DESTINATION_REGISTRY', `"${text}" names no registry`, {
      hint: `on a cluster write where it is, like --to registry.example.org/${text}`,
    });
  }
  return { here: parsed, inCluster: parsed, namespace: undefined };
}

function namespaceOf(repository: string, text: string): string {
  const [namespace, ...rest] = repository.split('/');
  if (namespace && rest.length > 0) return namespace;
  throw new SlipwayError('usage', 'DESTINATION_NAMESPACE', `"${text}" has no namespace`, {
    hint: `a repository of the embedded registry is <namespace>/<name>: --to demo/${text}`,
  });
}

export function withDigest(reference: Reference, digest: string): string {
  const { registry, repository } = reference;
  return `${formatReference({ registry, repository }).replace(/:latest$/, '')}@${digest}`;
}
