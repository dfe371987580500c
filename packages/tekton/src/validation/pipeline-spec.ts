import type { ParamSpec, Pipeline, PipelineSpec, PipelineTask } from '@slipway/kube';
import { FieldErrors } from './field-errors.ts';
import { quote } from './names.ts';
import { validateParamDeclarations, validateParamTypes, validateParamUse } from './params.ts';
import { graphProblem } from './pipeline-graph.ts';
import { validateMatrixResults } from './pipeline-matrix.ts';
import { validateFinally, validatePipelineResults } from './pipeline-results.ts';
import { validateTasks } from './pipeline-tasks.ts';
import {
  validateContextInTasks,
  validateNoStatus,
  validateParamsInTasks,
  validatePrefixes,
  validateStatusInFinally,
} from './pipeline-variables.ts';
import { validateName } from './task-spec.ts';

/** What is wrong with a Pipeline, as Tekton's admission webhook says it (pkg/apis/pipeline/v1). */
export function validatePipeline(pipeline: Pipeline): FieldErrors {
  const spec = pipeline.spec ?? {};
  return new FieldErrors()
    .merge('metadata', validateName(pipeline.metadata?.name))
    .merge('spec', validatePipelineSpec(spec))
    .merge('spec', validateDeclarations(spec));
}

/** The spec of a Pipeline by itself, wherever it stands; a param or workspace that a run may bring is not asked for here. */
export function validatePipelineSpec(spec: PipelineSpec): FieldErrors {
  const { params = [], workspaces = [], results = [], tasks = [], finally: finals = [] } = spec;
  const errors = new FieldErrors();
  if (Object.keys(spec).length === 0) {
    errors.add('expected at least one, got none', ['description', 'params', 'tasks', 'workspaces']);
  }
  const problem = graphProblem(tasks);
  if (problem !== undefined) errors.invalidValue(problem, 'tasks');
  if (finals.length > 0 && tasks.length === 0) {
    errors.invalidValue(`spec.tasks is empty but spec.finally has ${finals.length} tasks`, 'finally');
  }
  const names = new Set<string>();
  return errors
    .merge('tasks', validateTasks(tasks, names))
    .merge('finally', validateTasks(finals, names))
    .merge('', validateParamTypes(params))
    .merge('', validateParamDeclarations([], params))
    .merge('tasks', validateVariables(tasks))
    .merge('finally', validateVariables(finals))
    .merge('tasks', validateNoStatus(tasks))
    .merge('finally', validateStatusInFinally(finals, new Set(tasks.map(({ name }) => name))))
    .merge('workspaces', validateWorkspaceNames(workspaces))
    .merge('', validatePipelineResults(results, tasks, finals))
    .merge('finally', validateFinally(finals, tasks))
    .merge('tasks', validateMatrixResults(tasks, tasks))
    .merge('finally', validateMatrixResults(finals, tasks));
}

function validateVariables(tasks: readonly PipelineTask[]): FieldErrors {
  return validateContextInTasks(tasks).merge('', validatePrefixes(tasks));
}

function validateWorkspaceNames(workspaces: readonly { name: string }[]): FieldErrors {
  const errors = new FieldErrors();
  const seen = new Set<string>();
  for (const [index, { name }] of workspaces.entries()) {
    if (!name) errors.invalidValue(`workspace ${index} has empty name`, `[${index}]`);
    if (seen.has(name)) {
      errors.invalidValue(`workspace with name ${quote(name)} appears more than once`, `[${index}]`);
    }
    seen.add(name);
  }
  return errors;
}

/** A Pipeline that stands by itself declares what its tasks use; one in a run may use what the run gives. */
function validateDeclarations({ params = [], workspaces = [], ...spec }: PipelineSpec): FieldErrors {
  const errors = new FieldErrors();
  const declared = new Set(workspaces.map(({ name }) => name));
  for (const section of ['tasks', 'finally'] as const) {
    const tasks = spec[section] ?? [];
    errors.merge(section, validateParamsInTasks(tasks, params));
    for (const [index, task] of tasks.entries()) {
      errors.merge(`${section}[${index}].taskSpec`, validateEmbedded(task, params));
      errors.merge(`${section}[${index}]`, validateTaskWorkspaces(task, declared));
    }
  }
  return errors;
}

/** The steps of an embedded Task use its own params or those of the Pipeline. */
function validateEmbedded({ taskSpec }: PipelineTask, inherited: readonly ParamSpec[]): FieldErrors {
  if (!taskSpec?.steps) return new FieldErrors();
  const own = taskSpec.params ?? [];
  const others = inherited.filter(({ name }) => !own.some((param) => param.name === name));
  return validateParamUse(taskSpec.steps, [...own, ...others]);
}

function validateTaskWorkspaces(task: PipelineTask, declared: ReadonlySet<string>): FieldErrors {
  const errors = new FieldErrors();
  const seen = new Set<string>();
  for (const [index, { name, workspace }] of (task.workspaces ?? []).entries()) {
    const path = `workspaces[${index}]`;
    if (seen.has(name)) errors.add(`workspace name ${quote(name)} must be unique`, path);
    seen.add(name);
    const wanted = workspace || name;
    if (declared.has(wanted)) continue;
    const problem = `pipeline task ${quote(task.name)} expects workspace with name ${quote(wanted)} but none exists in pipeline spec`;
    errors.invalidValue(problem, path);
  }
  return errors;
}
