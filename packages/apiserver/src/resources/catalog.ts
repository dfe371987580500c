import { apiVersionOf, type ResourceType } from '@slipway/kube';
import type { ResourceDefinition } from './definition.ts';

/** The kinds that the server serves, found by group, version and plural name. */
export class ResourceCatalog {
  readonly definitions: readonly ResourceDefinition[];
  readonly #byPath = new Map<string, ResourceDefinition>();

  constructor(definitions: readonly ResourceDefinition[]) {
    this.definitions = definitions;
    for (const definition of definitions) {
      const { group, version, plural } = definition.type;
      this.#byPath.set(`${group}/${version}/${plural}`, definition);
    }
  }

  find(group: string, version: string, plural: string): ResourceDefinition | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`);
  }

  /** The definition for stored objects of `<group>/<plural>`, whatever version wrote them. */
  byStorageKey(key: string): ResourceDefinition | undefined {
    return this.definitions.find(({ type }) => `${type.group}/${type.plural}` === key);
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
      groups.set(type.group, versions);
    }
    return groups;
  }
}
