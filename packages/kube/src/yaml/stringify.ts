import { stringify } from 'yaml';
import { quotedYaml } from './flavour.ts';

/** The value as YAML that kubectl reads back the same: text such as `yes` and `012` is quoted, nothing is an alias. */
export function stringifyYaml(value: unknown): string {
  return stringify(value, { ...quotedYaml, aliasDuplicateObjects: false, lineWidth: 0 });
}
