import { type KubeObject, parseManifests } from '@slipway/kube';

/** The Kubernetes object of a YAML text, as kubectl reads it. Throws when there is not exactly one. */
export function yaml<T extends KubeObject = KubeObject>(
  strings: TemplateStringsArray,
  ...values: readonly unknown[]
): T {
  const manifests = parseManifests(String.raw({ raw: strings.raw }, ...values), 'a YAML literal');
  if (manifests.length !== 1) throw new Error(`a YAML literal holds ${manifests.length} objects, want 1`);
  return manifests[0]!.object as T;
}
