import type { KubeObject } from '@slipway/kube';
import { annotated, unannotated, withAnnotations } from './annotate.ts';
import {
  CLOUD_EVENTS_ANNOTATION,
  RESOURCES_ANNOTATION,
  RESOURCES_RESULT_ANNOTATION,
  readAnnotation,
  TASK_SPEC_RESOURCES_ANNOTATION,
} from './annotations.ts';
import { compact, converted, convertedItems, isFilled, isJson, type Json, jsonOf, renamed } from './json.ts';
import { type Rewriting, rewriteResources } from './references.ts';
import { overridesToBeta, overridesToV1, refToV1, runSpecToBeta } from './run-fields.ts';
import { declaredResources, taskSpecToBeta, taskSpecToBetaFromV1, taskSpecToV1 } from './task-spec.ts';

type Note = Rewriting['note'];

/** A v1alpha1 TaskRun as v1beta1 says it. */
export function taskRunToBeta(run: KubeObject, note?: Note): KubeObject {
  const { inputs, outputs, ...spec } = jsonOf(run.spec);
  const { params: oldParams, resources: oldInputs } = jsonOf(inputs);
  const { inputs: newInputs, outputs: newOutputs } = jsonOf(spec.resources);
  const resources = compact({
    inputs: newInputs ?? oldInputs,
    outputs: newOutputs ?? jsonOf(outputs).resources,
  });
  const merged = compact({
    ...spec,
    params: spec.params ?? oldParams,
    resources: isFilled(resources) ? resources : undefined,
  });
  const beta = runSpecToBeta(merged, note);
  return { ...run, spec: converted(beta, 'taskSpec', (taskSpec) => taskSpecToBeta(taskSpec, note)) };
}

/** A v1beta1 TaskRun as v1 says it: its resources are in annotations. */
export function taskRunToV1(run: KubeObject, note?: Note): KubeObject {
  const { resources, debug, ...rest } = jsonOf(run.spec);
  const params = rewriteResources(rest.params, { braces: false, note });
  const spec = compact({ ...overridesToV1(rest), params, debug: debugToV1(debug) });
  const annotations = annotated(run.metadata.annotations, {
    [RESOURCES_ANNOTATION]: resources,
    [TASK_SPEC_RESOURCES_ANNOTATION]: declaredResources(jsonOf(rest.taskSpec)),
  });
  const withSpec = converted(spec, 'taskSpec', (taskSpec) => taskSpecToV1(taskSpec, note));
  return withStatus(
    {
      ...run,
      metadata: withAnnotations(run.metadata, annotations),
      spec: converted(withSpec, 'taskRef', (ref) => refToV1(ref, 'task')),
    },
    run.status,
    taskRunStatusToV1,
  );
}

/** A v1 TaskRun as v1beta1 says it: its resources come out of the annotations. */
export function taskRunToBetaFromV1(run: KubeObject): KubeObject {
  const { annotations } = run.metadata;
  const resources = readAnnotation<Json>(annotations, RESOURCES_ANNOTATION);
  const given = jsonOf(run.spec);
  const declared = isJson(given.taskSpec)
    ? readAnnotation<Json>(annotations, TASK_SPEC_RESOURCES_ANNOTATION)
    : undefined;
  const used = [
    ...(resources ? [RESOURCES_ANNOTATION] : []),
    ...(declared ? [TASK_SPEC_RESOURCES_ANNOTATION] : []),
  ];
  const spec = converted(overridesToBeta(given), 'taskSpec', (taskSpec) =>
    taskSpecToBetaFromV1(taskSpec, declared),
  );
  return withStatus(
    {
      ...run,
      metadata: withAnnotations(run.metadata, unannotated(annotations, used)),
      spec: compact({ ...spec, resources: isFilled(resources) ? resources : undefined }),
    },
    run.status,
    taskRunStatusToBeta,
  );
}

function withStatus(run: KubeObject, status: unknown, convert: (status: Json) => Json): KubeObject {
  return isJson(status) ? { ...run, status: convert(status) } : run;
}

/** `breakpoint: [onFailure]` of the first versions with breakpoints. */
function debugToV1(debug: unknown): unknown {
  if (!isJson(debug) || !Array.isArray(debug.breakpoint)) return debug;
  const { breakpoint, ...rest } = debug;
  if (!breakpoint.includes('onFailure')) return rest;
  return { ...rest, breakpoints: { onFailure: 'enabled', ...jsonOf(rest.breakpoints) } };
}

/** What v1 keeps in annotations of the status. */
const STATUS_ANNOTATIONS = {
  resourcesResult: RESOURCES_RESULT_ANNOTATION,
  cloudEvents: CLOUD_EVENTS_ANNOTATION,
};

/** A v1beta1 TaskRun's status as v1 says it. */
function taskRunStatusToV1(status: Json): Json {
  const { resourcesResult, cloudEvents, ...rest } = renamed(status, { taskResults: 'results' });
  const annotations = annotated(rest.annotations as Record<string, string> | undefined, {
    [STATUS_ANNOTATIONS.resourcesResult]: resourcesResult,
    [STATUS_ANNOTATIONS.cloudEvents]: cloudEvents,
  });
  const spec = converted(compact({ ...rest, annotations }), 'taskSpec', (taskSpec) => taskSpecToV1(taskSpec));
  return convertedItems(spec, 'retriesStatus', taskRunStatusToV1);
}

/** A v1 TaskRun's status as v1beta1 says it. */
function taskRunStatusToBeta(status: Json): Json {
  const annotations = status.annotations as Record<string, string> | undefined;
  const found = Object.entries(STATUS_ANNOTATIONS)
    .map(([member, name]) => ({ member, name, value: readAnnotation<Json[]>(annotations, name) }))
    .filter(({ value }) => value !== undefined);
  const names = found.map(({ name }) => name);
  const rest = compact({
    ...renamed(status, { results: 'taskResults' }),
    annotations: unannotated(annotations, names),
    ...Object.fromEntries(found.map(({ member, value }) => [member, value])),
  });
  const spec = converted(rest, 'taskSpec', (taskSpec) => taskSpecToBetaFromV1(taskSpec, undefined));
  return convertedItems(spec, 'retriesStatus', taskRunStatusToBeta);
}
