import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/core';
import { parseManifests, type Task } from '@slipway/kube';

const folder = join(import.meta.dirname, '../tasks');

/** The names of the catalog's Tasks. */
export function catalogTasks(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/** A Task of the catalog, as its YAML file has it. Throws CATALOG_TASK_UNKNOWN. */
export function catalogTask(name: string): Task {
  const [manifest] = parseManifests(catalogTaskText(name), `${name}.yaml`);
  return manifest!.object as Task;
}

/** The YAML of a Task of the catalog. Throws CATALOG_TASK_UNKNOWN. */
export function catalogTaskText(name: string): string {
  if (!catalogTasks().includes(name)) {
    throw new SlipwayError('not-found', 'CATALOG_TASK_UNKNOWN', `the catalog has no Task "${name}"`, {
      hint: `it has: ${catalogTasks().join(', ')}`,
    });
  }
  return readFileSync(join(folder, `${name}.yaml`), 'utf8');
}
