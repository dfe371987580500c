import { FieldErrors } from '../../validation/field-errors.ts';
import { itemsOf, type Json, jsonOf } from '../json.ts';
import { validateDeclarations } from './resource-lists.ts';

/** What a Pipeline's spec says of resources and could not mean; paths are relative to it. */
export function validatePipelineResources(spec: Json): FieldErrors {
  const errors = new FieldErrors().merge('resources', validateDeclarations(spec.resources));
  const declared = new Set(itemsOf(spec.resources).map(({ name }) => String(name)));
  const used = new Set<string>();
  for (const [index, task] of itemsOf(spec.tasks).entries()) {
    for (const { path, list } of usesOf(task)) {
      for (const [at, { resource }] of list.entries()) {
        used.add(String(resource));
        if (declared.has(String(resource))) continue;
        const place = `tasks[${index}].${path}[${at}].resource`;
        errors.invalidValue(String(resource), place, 'the Pipeline declares no such resource');
      }
    }
    errors.merge(`tasks[${index}]`, validateSources(task, itemsOf(spec.tasks)));
  }
  for (const [index, { name }] of itemsOf(spec.resources).entries()) {
    if (used.has(String(name))) continue;
    errors.invalidValue(
      String(name),
      `resources[${index}].name`,
      'no task of the Pipeline uses this resource',
    );
  }
  return errors;
}

/** The lists in which a task names resources of its Pipeline: its own, and those of its Conditions. */
function usesOf(task: Json): { path: string; list: Json[] }[] {
  const own = ['inputs', 'outputs'].map((direction) => ({
    path: `resources.${direction}`,
    list: itemsOf(jsonOf(task.resources)[direction]),
  }));
  const ofConditions = itemsOf(task.conditions).map(({ resources }, index) => ({
    path: `conditions[${index}].resources`,
    list: itemsOf(resources),
  }));
  return [...own, ...ofConditions];
}

/** `from` names tasks of the Pipeline that give the resource. */
function validateSources(task: Json, tasks: readonly Json[]): FieldErrors {
  const errors = new FieldErrors();
  const inputs = usesOf(task).flatMap(({ path, list }) =>
    list.map(({ resource, from }, at) => ({ resource, from, path: `${path}[${at}].from` })),
  );
  for (const { resource, from, path } of inputs) {
    for (const source of Array.isArray(from) ? from : []) {
      const found = tasks.find(({ name }) => name === source);
      if (found === undefined) {
        errors.invalidValue(
          `expected resource ${resource} to be from task ${source}, but task ${source} doesn't exist`,
          path,
        );
      } else if (!itemsOf(jsonOf(found.resources).outputs).some((output) => output.resource === resource)) {
        errors.invalidValue(
          `the resource ${resource} from ${source} must be an output but is an input`,
          path,
        );
      }
    }
  }
  return errors;
}
