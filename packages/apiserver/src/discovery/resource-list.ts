import type { ResourceType } from '@slipway/kube';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** A subresource as discovery shows it: the kind that it takes and returns, and its verbs. */
interface Subresource {
  readonly kind?: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

const SUBRESOURCES: Readonly<Record<string, Subresource>> = {
  status: { verbs: ['get', 'patch', 'update'] },
  finalize: { verbs: ['update'] },
  log: { verbs: ['get'] },
  token: { kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] },
  eviction: { kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
};

/** The verbs of a type. */
export function verbsOf({ createOnly, verbs }: ResourceType): readonly string[] {
  if (verbs !== undefined) return verbs;
  return createOnly ? ['create'] : VERBS;
}

/** The subresources of a type with what discovery says of them. */
export function subresourcesOf(type: ResourceType): (Subresource & { name: string; kind: string })[] {
  return (type.subresources ?? []).map((name) => ({
    name,
    kind: type.kind,
    ...(SUBRESOURCES[name] ?? { verbs: ['get', 'patch', 'update'] }),
  }));
}

/** `/api/v1`, `/apis/<group>/<version>`: the types of one group version (meta/v1 APIResourceList). */
export function apiResourceList(groupVersion: string, types: readonly ResourceType[]): unknown {
  const resources = types.flatMap((type) => [
    {
      name: type.plural,
      singularName: type.kind.toLowerCase(),
      namespaced: type.namespaced,
      kind: type.kind,
      verbs: verbsOf(type),
      ...(type.shortNames ? { shortNames: type.shortNames } : {}),
      ...(type.categories ? { categories: type.categories } : {}),
    },
    ...subresourcesOf(type).map(({ name, kind, group, version, verbs }) => ({
      name: `${type.plural}/${name}`,
      singularName: '',
      namespaced: type.namespaced,
      ...(group === undefined ? {} : { group, version }),
      kind,
      verbs,
    })),
  ]);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}
