import { FieldErrors } from '../../validation/field-errors.ts';
import { itemsOf, type Json, jsonOf } from '../json.ts';
import { validateDeclarations } from './resource-lists.ts';

/** What a Pipeline's spec says of resources and could not mean; paths are relative to it. */
export function validatePipelineResources(spec: Json): FieldErrors {
  const errors = new FieldErrors().merge('resources', validateDeclarations(spec.resources));
  const declared = new Set(itemsOf(spec.resources).map(({ name }) => String(name)));
  const used = new Set<string>();
  for (const [index, task] of itemsOf(spec.tasks).entries()) {
    for (const list of ['inputs', 'outputs']) {
      for (const [at, { resource }] of itemsOf(jsonOf(task.resources)[list]).entries()) {
        used.add(String(resource));
        if (declared.has(String(resource))) continue;
        const path = `tasks[${index}].resources.${list}[${at}].resource`;
        errors.invalidValue(String(resource), path, 'the Pipeline declares no such resource');
      }
    }
    errors.merge(`tasks[${index}]`, validateSources(task, itemsOf(spec.tasks)));
    if (itemsOf(task.conditions).length > 0) {
      errors.add(
        'conditions are not supported',
        `tasks[${index}].conditions`,
        'say it with when (Tekton v0.16)',
      );
    }
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

/** `from` names tasks of the Pipeline that give the resource. */
function validateSources(task: Json, tasks: readonly Json[]): FieldErrors {
  const errors = new FieldErrors();
  for (const [at, { resource, from }] of itemsOf(jsonOf(task.resources).inputs).entries()) {
    const path = `resources.inputs[${at}].from`;
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
