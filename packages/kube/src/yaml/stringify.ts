import { stringify } from 'yaml';

/** The value as YAML that kubectl reads back the same: text such as `yes` and `012` is quoted, nothing is an alias. */
export function stringifyYaml(value: unknown): string {
  return stringify(value, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 });
}

/** Several objects as one file, a document each. */
export function stringifyManifests(objects: readonly unknown[]): string {
  return objects.map(stringifyYaml).join('---\n');
}
