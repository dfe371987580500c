import { apiVersionOf, type ResourceType } from '@slipway/kube';
import { type ResourceDefinition, storageKey } from './definition.ts';

/** The kinds that the server serves, found by group, version and plural name. */
export class ResourceCatalog {
  readonly definitions: readonly ResourceDefinition[];
  readonly #byPath = new Map<string, ResourceDefinition>();

  constructor(definitions: readonly ResourceDefinition[]) {
    this.definitions = withConversions(definitions);
    for (const definition of this.definitions) {
      const { group, version, plural } = definition.type;
      this.#byPath.set(`${group}/${version}/${plural}`, definition);
    }
  }

  find(group: string, version: string, plural: string): ResourceDefinition | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`);
  }

  /** The definition for stored objects of `<group>/<plural>`, whatever version wrote them: that of the first version. */
  byStorageKey(key: string): ResourceDefinition | undefined {
    return this.definitions.find(({ type }) => storageKey(type) === key);
  }

  /** The types by `apiVersion`, in the order of their definition. */
  groupVersions(): Map<string, ResourceType[]> {
    const types = this.definitions.map(({ type }) => type);
    return Map.groupBy(types, apiVersionOf);
  }

  /** API groups with their versions, the preferred one first; the core group is empty. */
  groups(): Map<string, string[]> {
    const groups = new Map<string, string[]>();
    for (const { type } of this.definitions) {
      const versions = groups.get(type.group) ?? [];
      if (!versions.includes(type.version)) versions.push(type.version);
      groups.set(type.group, versions.sort(byPriority));
    }
    return groups;
  }
}

/** What one version of a kind says of the conversion counts for all its versions. */
function withConversions(definitions: readonly ResourceDefinition[]): ResourceDefinition[] {
  const known = new Map(definitions.map(({ type, convert }) => [storageKey(type), convert]));
  for (const { type, convert } of definitions) if (convert) known.set(storageKey(type), convert);
  return definitions.map((definition) => {
    const convert = known.get(storageKey(definition.type));
    return convert === undefined ? definition : { ...definition, convert };
  });
}

const STAGES = ['alpha', 'beta', undefined];

/** Stable versions before betas before alphas, newer ones first, as Kubernetes orders the versions of a resource. */
function byPriority(a: string, b: string): number {
  const rank = (version: string): number[] => {
    const [, major, stage, minor] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
    return [STAGES.indexOf(stage as 'alpha'), Number(major ?? 0), Number(minor ?? 0)];
  };
  const [first, second] = [rank(a), rank(b)];
  const at = first.findIndex((value, index) => value !== second[index]);
  return at < 0 ? 0 : second[at]! - first[at]!;
}
