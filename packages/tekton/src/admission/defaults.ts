import { formatDuration, parseDuration } from '@slipway/core';
import type { KubeObject, ParamSpec, TaskResult, TaskRun, TaskSpec } from '@slipway/kube';
import { names, type TektonConfig } from '../config.ts';
import { declaredType } from '../params.ts';

/** Writes into a Task's spec what its author left to Tekton: types of params and results, and names. */
export function defaultTaskSpec(spec: TaskSpec | undefined): void {
  if (!spec) return;
  for (const param of spec.params ?? []) {
    param.type = declaredType(param);
    defaultProperties(param);
  }
  for (const result of spec.results ?? []) defaultResult(result);
  for (const step of spec.steps ?? []) {
    step.name ??= '';
    for (const result of step.results ?? []) defaultResult(result);
  }
}

function defaultResult(result: TaskResult): void {
  result.type ??= result.properties ? 'object' : 'string';
  defaultProperties(result);
}

/** The keys of a map are strings. */
export function defaultProperties({ properties }: Pick<ParamSpec, 'properties'>): void {
  for (const property of Object.values(properties ?? {})) property.type ??= 'string';
}

/** Annotations that Tekton keeps for itself; a client that brings them at creation is not heard. */
const RESERVED_ANNOTATION = /^chains\.tekton\.dev\//;

/** Writes into a TaskRun what its author left to Tekton: the Task's kind, timeout, ServiceAccount, labels. */
export function defaultTaskRun(taskRun: TaskRun, config: TektonConfig, isNew: boolean): void {
  const { spec, metadata } = taskRun;
  if (!spec) return;
  if (spec.taskRef && !spec.taskRef.resolver) spec.taskRef.kind ??= 'Task';
  spec.timeout = canonicalDuration(spec.timeout ?? `${config.defaultTimeoutMinutes}m`);
  if (!spec.serviceAccountName) spec.serviceAccountName = config.defaultServiceAccount;
  defaultTaskSpec(spec.taskSpec);
  defaultStepTimeouts(spec.taskSpec);
  metadata.labels = { [names.managedByLabel]: config.managedBy, ...metadata.labels };
  if (!isNew) return;
  dropReserved(taskRun);
  // Tekton's controller adds these after creation; here they are there from the start, one write less a run.
  metadata.annotations = { ...metadata.annotations, [names.releaseAnnotation]: config.release };
  if (spec.taskRef?.name) metadata.labels[names.taskLabel] ??= spec.taskRef.name;
}

/** Forgets the reserved annotations of a new object. */
export function dropReserved({ metadata }: KubeObject): void {
  for (const key of Object.keys(metadata.annotations ?? {})) {
    if (RESERVED_ANNOTATION.test(key)) delete metadata.annotations?.[key];
  }
}

function defaultStepTimeouts(spec: TaskSpec | undefined): void {
  for (const step of spec?.steps ?? []) {
    if (step.timeout) step.timeout = canonicalDuration(step.timeout);
  }
}

/** A duration as Go writes it (`90s` is `1m30s`); a text that is none is left for the validation to name. */
export function canonicalDuration(text: string): string {
  try {
    return formatDuration(parseDuration(text));
  } catch {
    return text;
  }
}
