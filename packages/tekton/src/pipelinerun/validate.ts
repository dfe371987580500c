import type { ParamSpec, PipelineRun, PipelineSpec, PipelineTask } from '@slipway/kube';
import { declaredType, typeOfValue } from '../params.ts';
import { type ResultReference, resultsInValue, resultsUsedBy } from '../substitution/result-references.ts';
import { RunFailure } from '../taskrun/run-failure.ts';
import { missingKeys, outsideIndexes, paramProblem, validateEnums } from '../taskrun/validate-run.ts';
import { goList } from '../validation/names.ts';
import { validatePipelineSpec } from '../validation/pipeline-spec.ts';
import { without } from '../without.ts';
import type { ResolvedPipeline } from './resolve-pipeline.ts';
import type { TaskResolver } from './resolve-tasks.ts';

/** What can be known only with the Pipeline and the run side by side; throws RunFailure in Tekton's words. */
export function validateRun(run: PipelineRun, pipeline: ResolvedPipeline): void {
  const { namespace, name } = run.metadata;
  const who = `PipelineRun ${namespace}/${name}`;
  const whom = `Pipeline ${namespace}/${pipeline.name}`;
  validateSpec(pipeline.spec, whom);
  validateParams(run, pipeline.spec, who, whom);
  const bound = new Set((run.spec.workspaces ?? []).map((binding) => binding.name));
  const missing = pipeline.spec.workspaces?.find(({ name, optional }) => !optional && !bound.has(name));
  if (missing) {
    const why = `pipeline requires workspace with name "${missing.name}" be provided by pipelinerun`;
    const message = `${who} doesn't bind ${whom}'s Workspaces correctly: ${why}`;
    throw RunFailure.ofUser('InvalidWorkspaceBindings', message);
  }
  const tasks = new Set(allTasks(pipeline.spec).map((task) => task.name));
  const stray = run.spec.taskRunSpecs?.find(({ pipelineTaskName = '' }) => !tasks.has(pipelineTaskName));
  if (stray) {
    const why = `pipelineRun's taskrunSpecs defined wrong taskName: "${stray.pipelineTaskName}", does not exist in Pipeline`;
    throw RunFailure.ofUser('InvalidTaskRunSpecs', `${who} doesn't define taskRunSpecs correctly: ${why}`);
  }
}

const allTasks = (spec: PipelineSpec): PipelineTask[] => [...(spec.tasks ?? []), ...(spec.finally ?? [])];

/** The Pipeline as it is, or with its variables replaced. */
export function validateSpec(spec: PipelineSpec, whom: string): void {
  const errors = validatePipelineSpec(spec);
  if (errors.isEmpty) return;
  throw RunFailure.ofUser(
    'PipelineValidationFailed',
    `${whom} can't be Run; it has an invalid spec: ${errors}`,
  );
}

function validateParams(run: PipelineRun, spec: PipelineSpec, who: string, whom: string): void {
  const params = run.spec.params ?? [];
  const specs = spec.params ?? [];
  const given = new Set(params.map(({ name }) => name));
  const missing = specs.filter((param) => param.default === undefined && !given.has(param.name));
  if (missing.length > 0) {
    const why = `pipelineRun missing parameters: ${goList(missing.map(({ name }) => name))}`;
    throw RunFailure.ofUser(
      'ParameterMissing',
      `${who} is missing some parameters required by ${whom}: ${why}`,
    );
  }
  const types = new Map(specs.map((param) => [param.name, declaredType(param)]));
  const wrong = params.filter(({ name, value }) => types.has(name) && types.get(name) !== typeOfValue(value));
  if (wrong.length > 0) {
    const why = `parameters have inconsistent types : ${goList(wrong.map(({ name }) => name))}`;
    const message = `${who} parameters have mismatching types with ${whom}'s parameters: ${why}`;
    throw RunFailure.ofUser('ParameterTypeMismatch', message);
  }
  validateEnums(specs, params);
  const incomplete = specs.flatMap((param: ParamSpec) => missingKeys(param, params));
  if (incomplete.length > 0) {
    const why = `pipelineRun missing object keys for parameters: map${goList(incomplete)}`;
    const message = `${who} parameters is missing object keys required by ${whom}'s parameters: ${why}`;
    throw RunFailure.ofUser('ObjectParameterMissKeys', message);
  }
  const outside = outsideIndexes(allTasks(spec).map(withoutTask), specs, params);
  if (outside.length === 0) return;
  const why = `failed to validate ${whom}'s parameter which has an invalid index while referring to an array: non-existent param references:${goList(outside)}`;
  throw RunFailure.ofUser('ParamArrayIndexingInvalid', `${who} failed validation: ${why}`);
}

const withoutTask = (task: PipelineTask): object => without(task, 'taskSpec');

/** The Tasks exist, get the params and workspaces they want, and give the results that are asked of them. */
export async function validateTasks(
  run: PipelineRun,
  spec: PipelineSpec,
  resolver: TaskResolver,
): Promise<void> {
  const results = new Map<string, readonly string[] | undefined>();
  for (const task of allTasks(spec)) {
    const taskSpec = await resolver.spec(task);
    results.set(task.name, taskSpec && (taskSpec.results ?? []).map(({ name }) => name));
    if (!taskSpec) continue;
    const problem = paramProblem(taskSpec.params ?? [], paramsOf(task));
    if (problem) {
      const why = `invalid input params for task ${task.taskRef?.name ?? ''}: ${problem}`;
      const message = `Validation failed for pipelinerun ${run.metadata.name} with error ${why}`;
      throw RunFailure.ofUser('PipelineValidationFailed', message);
    }
    const optional = new Set(spec.workspaces?.filter((each) => each.optional).map(({ name }) => name));
    for (const { name, workspace = name } of task.workspaces ?? []) {
      const wanted = taskSpec.workspaces?.find((declared) => declared.name === name);
      if (!optional.has(workspace) || !wanted || wanted.optional) continue;
      const why = `pipeline workspace "${workspace}" is marked optional but pipeline task "${task.name}" requires it be provided`;
      const message = `Optional workspace not supported by task: ${why}`;
      throw RunFailure.ofUser('RequiredWorkspaceMarkedOptional', message);
    }
  }
  validateResults(run, spec, results);
}

/** A list of a matrix becomes one value a run; what it includes is a value already. */
function paramsOf({
  params = [],
  matrix,
}: PipelineTask): { name: string; value: string | string[] | Record<string, string> }[] {
  const included = matrix?.include?.flatMap((include) => include.params ?? []) ?? [];
  const combined = (matrix?.params ?? []).map(({ name }) => ({ name, value: '' }));
  return [...params, ...combined, ...included];
}

function validateResults(
  run: PipelineRun,
  spec: PipelineSpec,
  results: ReadonlyMap<string, readonly string[] | undefined>,
): void {
  const problemOf = ({ task, result }: ResultReference): string | undefined => {
    if (!results.has(task)) return `referenced pipeline task "${task}" does not exist`;
    const known = results.get(task);
    if (known === undefined || known.includes(result)) return undefined;
    return `"${result}" is not a named result returned by pipeline task "${task}"`;
  };
  for (const task of allTasks(spec)) {
    const problem = resultsUsedBy(task)
      .map(problemOf)
      .find((each) => each !== undefined);
    if (problem === undefined) continue;
    const message = `invalid result reference in pipeline task "${task.name}": ${problem}`;
    throw RunFailure.ofUser('InvalidTaskResultReference', message);
  }
  for (const { name, value } of spec.results ?? []) {
    const problem = resultsInValue(value)
      .map(problemOf)
      .find((each) => each !== undefined);
    if (problem === undefined) continue;
    const why = `invalid pipeline result "${name}": ${problem}`;
    const message = `Failed to resolve pipeline result reference for "${run.metadata.name}" with error ${why}`;
    throw new RunFailure('InvalidPipelineResultReference', message);
  }
}
