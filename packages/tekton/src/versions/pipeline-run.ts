import type { KubeObject } from '@slipway/kube';
import { annotated, unannotated, withAnnotations } from './annotate.ts';
import {
  CONDITION_CHECKS_ANNOTATION,
  type ConditionChecks,
  PIPELINE_SPEC_RESOURCES_ANNOTATION,
  type PipelineTasksResources,
  RESOURCES_ANNOTATION,
  readAnnotation,
  TASKS_RESOURCES_ANNOTATION,
} from './annotations.ts';
import {
  compact,
  converted,
  convertedItems,
  isFilled,
  isJson,
  itemsOf,
  type Json,
  jsonOf,
  renamed,
} from './json.ts';
import {
  pipelineSpecToBeta,
  pipelineSpecToBetaFromV1,
  pipelineSpecToV1,
  tasksResources,
} from './pipeline-spec.ts';
import { type Rewriting, rewriteResources } from './references.ts';
import { overridesToBeta, overridesToV1, refToV1, runSpecToBeta } from './run-fields.ts';

type Note = Rewriting['note'];

/** A v1alpha1 PipelineRun as v1beta1 says it. */
export function pipelineRunToBeta(run: KubeObject, note?: Note): KubeObject {
  const { serviceAccounts, ...spec } = runSpecToBeta(jsonOf(run.spec), note);
  const accounts = itemsOf(serviceAccounts).map((item) =>
    renamed(item, { serviceAccount: 'serviceAccountName' }),
  );
  const named = [...itemsOf(spec.serviceAccountNames), ...accounts];
  const beta = compact({ ...spec, serviceAccountNames: named.length > 0 ? named : undefined });
  const converts = {
    ...run,
    spec: converted(beta, 'pipelineSpec', (inner) => pipelineSpecToBeta(inner, note)),
  };
  return isJson(run.status) ? { ...converts, status: alphaStatusToBeta(run.status) } : converts;
}

const TASK_RUN_SPEC_TO_V1 = { taskServiceAccountName: 'serviceAccountName', taskPodTemplate: 'podTemplate' };
const TASK_RUN_SPEC_TO_BETA = {
  serviceAccountName: 'taskServiceAccountName',
  podTemplate: 'taskPodTemplate',
};

/** A v1beta1 PipelineRun as v1 says it: its resources are in annotations. */
export function pipelineRunToV1(run: KubeObject, note?: Note): KubeObject {
  const { resources, timeout, serviceAccountName, podTemplate, serviceAccountNames, ...rest } = jsonOf(
    run.spec,
  );
  const inner = jsonOf(rest.pipelineSpec);
  const annotations = annotated(run.metadata.annotations, {
    [RESOURCES_ANNOTATION]: resources,
    [PIPELINE_SPEC_RESOURCES_ANNOTATION]: inner.resources,
    [TASKS_RESOURCES_ANNOTATION]: tasksResources(inner),
  });
  const template = compact({ serviceAccountName, podTemplate });
  const specs = withAccounts(itemsOf(rest.taskRunSpecs), itemsOf(serviceAccountNames));
  const spec = compact({
    ...rest,
    params: rewriteResources(rest.params, { braces: false, note }),
    status: rest.status === 'PipelineRunCancelled' ? 'Cancelled' : rest.status,
    timeouts: timeout === undefined ? rest.timeouts : { pipeline: timeout, ...jsonOf(rest.timeouts) },
    taskRunTemplate: isFilled(template) ? template : undefined,
    taskRunSpecs:
      specs.length > 0 ? specs.map((each) => overridesToV1(renamed(each, TASK_RUN_SPEC_TO_V1))) : undefined,
  });
  const withSpec = converted(spec, 'pipelineSpec', (pipeline) => pipelineSpecToV1(pipeline, note));
  const v1 = {
    ...run,
    metadata: withAnnotations(run.metadata, annotations),
    spec: converted(withSpec, 'pipelineRef', (ref) => refToV1(ref, 'pipeline')),
  };
  return isJson(run.status) ? { ...v1, status: statusToV1(run.status) } : v1;
}

/** `serviceAccountNames` says for single tasks what `taskRunSpecs` says now; where both do, the latter counts. */
function withAccounts(specs: readonly Json[], accounts: readonly Json[]): Json[] {
  const merged = specs.map((spec) => ({ ...spec }) as Json);
  for (const { taskName, serviceAccountName } of accounts) {
    const own = merged.find(({ pipelineTaskName }) => pipelineTaskName === taskName);
    if (own === undefined) {
      merged.push({ pipelineTaskName: taskName, taskServiceAccountName: serviceAccountName });
    } else own.taskServiceAccountName ??= serviceAccountName;
  }
  return merged;
}

/** A v1 PipelineRun as v1beta1 says it: its resources come out of the annotations. */
export function pipelineRunToBetaFromV1(run: KubeObject): KubeObject {
  const { annotations } = run.metadata;
  const given = jsonOf(run.spec);
  const hasSpec = isJson(given.pipelineSpec);
  const read = (name: string): Json | undefined => readAnnotation<Json>(annotations, name);
  const resources = read(RESOURCES_ANNOTATION);
  const inner = hasSpec ? read(PIPELINE_SPEC_RESOURCES_ANNOTATION) : undefined;
  const byTask = hasSpec ? read(TASKS_RESOURCES_ANNOTATION) : undefined;
  const used = [
    ...(resources ? [RESOURCES_ANNOTATION] : []),
    ...(inner ? [PIPELINE_SPEC_RESOURCES_ANNOTATION] : []),
    ...(byTask ? [TASKS_RESOURCES_ANNOTATION] : []),
  ];
  const { taskRunTemplate, ...rest } = given;
  const tasks = (byTask ?? {}) as PipelineTasksResources;
  const flat = { ...rest, ...jsonOf(taskRunTemplate) };
  const specs = convertedItems(flat, 'taskRunSpecs', (each) =>
    overridesToBeta(renamed(each, TASK_RUN_SPEC_TO_BETA)),
  );
  const spec = converted(specs, 'pipelineSpec', (pipeline) =>
    pipelineSpecToBetaFromV1(pipeline, inner, tasks),
  );
  const beta = {
    ...run,
    metadata: withAnnotations(run.metadata, unannotated(annotations, used)),
    spec: isFilled(resources) ? { ...spec, resources } : spec,
  };
  return isJson(run.status) ? { ...beta, status: statusToBeta(run.status) } : beta;
}

/**
 * The TaskRuns by name, as the first versions had them, and no more than that: what they did is in the TaskRuns. The checks
 * of Conditions are there, too.
 */
export function pipelineRunToAlpha(run: KubeObject): KubeObject {
  const status = jsonOf(run.status);
  const annotations = status.annotations as Record<string, string> | undefined;
  const checks = readAnnotation<ConditionChecks>(annotations, CONDITION_CHECKS_ANNOTATION);
  const children = itemsOf(status.childReferences).filter(({ kind }) => kind === 'TaskRun');
  if (children.length === 0 && checks === undefined) return run;
  const taskRuns: Record<string, Json> = Object.fromEntries(
    children.map(({ name, pipelineTaskName, whenExpressions }) => [
      String(name),
      compact({ pipelineTaskName, whenExpressions }),
    ]),
  );
  for (const [name, entry] of Object.entries(checks ?? {})) taskRuns[name] = { ...taskRuns[name], ...entry };
  const kept = checks ? unannotated(annotations, [CONDITION_CHECKS_ANNOTATION]) : annotations;
  return { ...run, status: compact({ ...status, annotations: kept, taskRuns }) };
}

/** The checks of Conditions as v1beta1 carries them on; what is left of `taskRuns` are TaskRuns. */
function alphaStatusToBeta(status: Json): Json {
  const entries = Object.entries(jsonOf(status.taskRuns));
  const checks = entries.filter(([, entry]) => isFilled(jsonOf(entry).conditionChecks));
  if (checks.length === 0) return status;
  const told = checks.map(([name, entry]) => {
    const { pipelineTaskName, conditionChecks, status: outcome } = jsonOf(entry);
    return [name, compact({ pipelineTaskName, conditionChecks, status: outcome })] as const;
  });
  const annotations = annotated(status.annotations as Record<string, string> | undefined, {
    [CONDITION_CHECKS_ANNOTATION]: Object.fromEntries(told),
  });
  const names = new Set(checks.map(([name]) => name));
  const taskRuns = Object.fromEntries(entries.filter(([name]) => !names.has(name)));
  return compact({ ...status, annotations, taskRuns: isFilled(taskRuns) ? taskRuns : undefined });
}

function statusToV1(status: Json): Json {
  const { taskRuns, runs, ...rest } = renamed(status, { pipelineResults: 'results' });
  const children = Object.entries(jsonOf(taskRuns)).map(([name, run]) => {
    const { pipelineTaskName, whenExpressions } = jsonOf(run);
    return compact({ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name, pipelineTaskName, whenExpressions });
  });
  const known = rest.childReferences ?? (children.length > 0 ? children : undefined);
  const copy = compact({ ...rest, childReferences: known });
  return converted(copy, 'pipelineSpec', (spec) => pipelineSpecToV1(spec));
}

function statusToBeta(status: Json): Json {
  const copy = renamed(status, { results: 'pipelineResults' });
  return converted(copy, 'pipelineSpec', (spec) => pipelineSpecToBetaFromV1(spec, undefined, {}));
}
