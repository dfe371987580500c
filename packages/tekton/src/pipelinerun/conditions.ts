import {
  type KubeClient,
  type Param,
  type PipelineRun,
  type PipelineRunStatus,
  resources,
  SUFFIX_LENGTH,
  suffixFor,
  type TaskSpec,
  type TektonCondition,
} from '@slipway/kube';
import { names } from '../config.ts';
import { replaceInParams } from '../substitution/pipeline-values.ts';
import { RunFailure } from '../taskrun/run-failure.ts';
import { paramProblem } from '../taskrun/validate-run.ts';
import {
  type DeclaredResources,
  type PipelineTaskCondition,
  type PipelineTaskInputResource,
  readAnnotation,
} from '../versions/annotations.ts';
import { checkTask } from '../versions/condition.ts';
import { taskRunNames } from './names.ts';
import { knownAtStart } from './prepare.ts';
import { definitiveRefusal, type ResolvedPipeline } from './resolve-pipeline.ts';
import { pipelineResources } from './resources.ts';

/** A check that a task waits for: a Condition as it was when the run began, and what the Pipeline gives it. */
export interface PlannedCheck {
  /** The TaskRun that is the check. */
  readonly name: string;
  readonly conditionName: string;
  /** The Condition's. */
  readonly labels: Readonly<Record<string, string>>;
  readonly taskSpec: TaskSpec;
  readonly declared?: DeclaredResources;
  /** Variables that are known when the run begins are replaced. */
  readonly params: readonly Param[];
  readonly resources: readonly PipelineTaskInputResource[];
}

/** The checks of each task that has some, in the order of its Conditions. */
type Plan = Readonly<Record<string, readonly PlannedCheck[]>>;

/** The checks of a run, as its status keeps them: the Conditions may change meanwhile. */
export function plannedChecks({ status }: PipelineRun): Plan {
  return readAnnotation<Plan>(status?.annotations, names.conditionsAnnotation) ?? {};
}

/**
 * Resolves the Conditions of a run's Pipeline; the status keeps what their checks are. Throws RunFailure for a Condition that
 * does not exist, or that lacks a param or a resource.
 */
export async function planConditions(
  client: KubeClient,
  run: PipelineRun,
  pipeline: ResolvedPipeline,
): Promise<PipelineRunStatus> {
  const { status = {} } = run;
  const { byTask = {} } = pipelineResources(run, pipeline);
  const plan: Record<string, PlannedCheck[]> = {};
  for (const [task, { conditions = [] }] of Object.entries(byTask)) {
    for (const [index, reference] of conditions.entries()) {
      const condition = await getCondition(client, run, reference.conditionRef);
      const check = planCheck(run, pipeline, { task, index, reference, condition });
      plan[task] = [...(plan[task] ?? []), check];
    }
  }
  if (Object.keys(plan).length === 0) return status;
  const kept = { ...status.annotations, [names.conditionsAnnotation]: JSON.stringify(plan) };
  return { ...status, annotations: kept };
}

async function getCondition(client: KubeClient, run: PipelineRun, name: string): Promise<TektonCondition> {
  const { namespace = '', name: runName } = run.metadata;
  try {
    return await client.get<TektonCondition>(resources.conditions, name, namespace);
  } catch (error) {
    const why = definitiveRefusal(error);
    if (why === undefined) throw error;
    const message = `PipelineRun ${namespace}/${runName} can't be Run; it contains Conditions that don't exist: Couldn't retrieve Condition "${name}": ${why}`;
    throw new RunFailure('CouldntGetCondition', message);
  }
}

interface Reference {
  readonly task: string;
  readonly index: number;
  readonly reference: PipelineTaskCondition;
  readonly condition: TektonCondition;
}

function planCheck(run: PipelineRun, pipeline: ResolvedPipeline, given: Reference): PlannedCheck {
  const { task, index, reference, condition } = given;
  const { spec, declared } = checkTask(condition);
  const params = knownAtStart(run, pipeline).reduce<Param[]>(replaceInParams, reference.params ?? []);
  const { resources: inputs = [], conditionRef } = reference;
  const problem =
    paramProblem(spec.params ?? [], params) ?? resourceProblem(run, pipeline, inputs, declared?.inputs ?? []);
  if (problem !== undefined) {
    const why = `condition "${conditionRef}" of task "${task}": ${problem}`;
    const message = `Validation failed for pipelinerun ${run.metadata.name} with error ${why}`;
    throw RunFailure.ofUser('PipelineValidationFailed', message);
  }
  return {
    name: checkName(run, task, index, conditionRef),
    conditionName: conditionRef,
    labels: condition.metadata.labels ?? {},
    taskSpec: spec,
    ...(declared && { declared }),
    params,
    resources: inputs,
  };
}

function resourceProblem(
  run: PipelineRun,
  pipeline: ResolvedPipeline,
  given: readonly PipelineTaskInputResource[],
  wanted: NonNullable<DeclaredResources['inputs']>,
): string | undefined {
  const types = new Map(pipelineResources(run, pipeline).declared.map(({ name, type }) => [name, type]));
  for (const { name, type, optional } of wanted) {
    const binding = given.find((one) => one.name === name);
    if (binding === undefined && !optional) return `it wants the resource "${name}" of type "${type}"`;
    const found = binding && types.get(binding.resource);
    if (found !== undefined && found !== type) {
      return `its resource "${name}" should be type "${type}" but was "${found}"`;
    }
  }
  const stray = given.find(({ name }) => !wanted.some((one) => one.name === name));
  return stray && `it declares no resource "${stray.name}"`;
}

const MAX_NAME = 63;

/** `<TaskRun of the task>-<Condition>-<5 letters>`; the letters follow from the run, so that a check is never made twice. */
function checkName(run: PipelineRun, task: string, index: number, condition: string): string {
  const base = `${taskRunNames(run, task, 1)[0]}-${condition}`.slice(0, MAX_NAME - SUFFIX_LENGTH - 1);
  return `${base}-${suffixFor(run.metadata.uid ?? '', task, `${index}`, condition)}`;
}
