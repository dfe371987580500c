import type { KubeObject, ParamSpec, Step } from '@slipway/kube';
import { FieldErrors } from '../../validation/field-errors.ts';
import { validateReferences } from '../../validation/variables.ts';
import { itemsOf, type Json, jsonOf } from '../json.ts';
import { validatePipelineConditions } from './pipeline-conditions.ts';
import { validatePipelineResources } from './pipeline-resources.ts';
import { refuseBoth, validateBindings, validateDeclarations, valueAt } from './resource-lists.ts';

/**
 * What is wrong with the part of an older object that v1 does not have: resources, fields in two generations, bundles.
 * `view` is the object in v1, in whose steps variables have one spelling.
 */
export function validateOlderFields(object: KubeObject, view: KubeObject): FieldErrors {
  const spec = jsonOf(object.spec);
  const errors = new FieldErrors();
  for (const path of taskSpecPaths(object)) {
    errors.merge(path, validateTaskSpec(jsonOf(valueAt(object, path)), jsonOf(valueAt(view, path))));
  }
  for (const path of bundlePaths(object)) {
    if (valueAt(object, path)) errors.add('bundles are not supported', path, BUNDLE_RULE);
  }
  return errors.merge('spec', OF_KIND[object.kind]?.(spec) ?? new FieldErrors());
}

const BUNDLE_RULE = 'apply what the bundle contains, and refer to it by its name';

const OF_KIND: Readonly<Record<string, (spec: Json) => FieldErrors>> = {
  TaskRun: validateTaskRunSpec,
  Pipeline: validatePipelineSpec,
  PipelineRun: validatePipelineRunSpec,
};

const RESOURCES = [
  ['inputs.resources', 'resources.inputs'],
  ['outputs.resources', 'resources.outputs'],
] as const;
const PARAMS = ['inputs.params', 'params'] as const;

function validateTaskSpec(spec: Json, v1Spec: Json): FieldErrors {
  const errors = new FieldErrors();
  refuseBoth(errors, spec, [PARAMS, ...RESOURCES, ['containerTemplate', 'stepTemplate']]);
  for (const path of RESOURCES.flat()) errors.merge(path, validateDeclarations(valueAt(spec, path)));
  const steps = itemsOf(v1Spec.steps) as unknown as Step[];
  const names = RESOURCES.flat().flatMap((path) => itemsOf(valueAt(spec, path)).map(({ name }) => `${name}`));
  for (const side of ['inputs', 'outputs']) {
    // Tekton never minded which side a resource is on; examples of its own refer to an output among the inputs.
    errors.merge('', validateReferences(steps, `resources.${side}`, new Set(names)));
  }
  return errors;
}

function validateTaskRunSpec(spec: Json): FieldErrors {
  const errors = new FieldErrors();
  refuseBoth(errors, spec, [PARAMS, ...RESOURCES]);
  for (const path of RESOURCES.flat()) errors.merge(path, validateBindings(valueAt(spec, path)));
  return errors.merge('', validateAccount(spec));
}

/** `given`: the params that a run may bring, beside those that the Pipeline declares. */
function validatePipelineSpec(spec: Json, given: readonly Json[] = []): FieldErrors {
  const params = [...itemsOf(spec.params), ...given] as unknown as ParamSpec[];
  return validatePipelineResources(spec).merge('', validatePipelineConditions(spec, params));
}

function validatePipelineRunSpec(spec: Json): FieldErrors {
  const errors = new FieldErrors().merge('resources', validateBindings(spec.resources));
  if (spec.timeout !== undefined && jsonOf(spec.timeouts).pipeline !== undefined) {
    errors.gotBoth('timeout', 'timeouts');
  }
  const inner = jsonOf(spec.pipelineSpec);
  if (spec.pipelineSpec) {
    errors.merge('pipelineSpec', validatePipelineSpec(inner, itemsOf(spec.params)));
  }
  return errors.merge('', validateAccount(spec));
}

/** The two names of the ServiceAccount may both be there when they say the same. */
function validateAccount({ serviceAccount, serviceAccountName }: Json): FieldErrors {
  const errors = new FieldErrors();
  if (!serviceAccount || !serviceAccountName || serviceAccount === serviceAccountName) return errors;
  return errors.gotBoth('serviceAccount', 'serviceAccountName');
}

function taskSpecPaths(object: KubeObject): string[] {
  if (object.kind === 'Task' || object.kind === 'ClusterTask') return ['spec'];
  if (object.kind === 'TaskRun') return valueAt(object, 'spec.taskSpec') ? ['spec.taskSpec'] : [];
  return pipelineTasks(object).flatMap(({ path, task }) => (task.taskSpec ? [`${path}.taskSpec`] : []));
}

function bundlePaths(object: KubeObject): string[] {
  const inTasks = pipelineTasks(object).map(({ path }) => `${path}.taskRef.bundle`);
  return ['spec.taskRef.bundle', 'spec.pipelineRef.bundle', ...inTasks];
}

function pipelineTasks(object: KubeObject): { path: string; task: Json }[] {
  const root = object.kind === 'Pipeline' ? 'spec' : 'spec.pipelineSpec';
  if (object.kind !== 'Pipeline' && object.kind !== 'PipelineRun') return [];
  return ['tasks', 'finally'].flatMap((list) =>
    itemsOf(valueAt(object, `${root}.${list}`)).map((task, index) => ({
      path: `${root}.${list}[${index}]`,
      task,
    })),
  );
}
