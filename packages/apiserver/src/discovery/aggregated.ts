import type { ResourceType } from '@slipway/kube';
import type { ResourceCatalog } from '../resources/catalog.ts';
import { subresourcesOf, verbsOf } from './resource-list.ts';

/**
 * `/api` and `/apis` for clients that want all groups in one answer (apidiscovery.k8s.io APIGroupDiscoveryList);
 * `version` is that of the document, `v2` or `v2beta1`, which have the same form.
 */
export function groupDiscoveryList(
  catalog: ResourceCatalog,
  version: string,
  scope: 'core' | 'named',
): unknown {
  const names = [...catalog.groups().keys()].filter((name) => (name === '') === (scope === 'core'));
  const items = names.map((name) => ({
    metadata: { name, creationTimestamp: null },
    versions: (catalog.groups().get(name) ?? []).map((each) => ({
      version: each,
      resources: typesOf(catalog, name, each).map(resourceDiscovery),
      freshness: 'Current',
    })),
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items };
}

function typesOf(catalog: ResourceCatalog, group: string, version: string): ResourceType[] {
  return catalog.definitions
    .map(({ type }) => type)
    .filter((type) => type.group === group && type.version === version);
}

function resourceDiscovery(type: ResourceType): unknown {
  const { group, version } = type;
  const subresources = subresourcesOf(type).map((each) => ({
    subresource: each.name,
    responseKind: { group: each.group ?? group, version: each.version ?? version, kind: each.kind },
    verbs: each.verbs,
  }));
  return {
    resource: type.plural,
    responseKind: { group, version, kind: type.kind },
    scope: type.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: type.kind.toLowerCase(),
    verbs: verbsOf(type),
    ...(type.shortNames ? { shortNames: type.shortNames } : {}),
    ...(type.categories ? { categories: type.categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}
