import type { ResourceCatalog } from '../resources/catalog.ts';

/** `/api`: the versions of the core group (meta/v1 APIVersions). */
export function apiVersions(catalog: ResourceCatalog, address: string): unknown {
  return {
    kind: 'APIVersions',
    versions: catalog.groups().get('') ?? [],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  };
}

/** `/apis`: all groups but the core one (meta/v1 APIGroupList). */
export function apiGroupList(catalog: ResourceCatalog): unknown {
  const names = [...catalog.groups().keys()].filter((name) => name !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map((name) => groupOf(catalog, name)) };
}

/** `/apis/<group>` (meta/v1 APIGroup); undefined when there is no such group. */
export function apiGroup(catalog: ResourceCatalog, name: string): unknown {
  if (name === '' || !catalog.groups().has(name)) return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(catalog, name) };
}

function groupOf(catalog: ResourceCatalog, name: string): Readonly<Record<string, unknown>> {
  const versions = (catalog.groups().get(name) ?? []).map((version) => ({
    groupVersion: `${name}/${version}`,
    version,
  }));
  return { name, versions, preferredVersion: versions[0] };
}
