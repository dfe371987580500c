import type { PipelineRun, PipelineSpec, PipelineTask } from '@slipway/kube';
import { names, type TektonConfig } from '../config.ts';
import { declaredType } from '../params.ts';
import { canonicalDuration, defaultProperties, defaultTaskSpec, dropReserved } from './defaults.ts';

/** Writes into a Pipeline's spec what its author left to Tekton: types of params, and what its embedded Tasks lack. */
export function defaultPipelineSpec(spec: PipelineSpec | undefined): void {
  if (!spec) return;
  for (const param of spec.params ?? []) {
    param.type = declaredType(param);
    defaultProperties(param);
  }
  for (const task of [...(spec.tasks ?? []), ...(spec.finally ?? [])]) defaultTask(task);
}

function defaultTask(task: PipelineTask): void {
  if (task.taskRef && !task.taskRef.resolver) task.taskRef.kind ??= 'Task';
  if (task.timeout) task.timeout = canonicalDuration(task.timeout);
  defaultTaskSpec(task.taskSpec);
}

/** Writes into a PipelineRun what its author left to Tekton: timeout, ServiceAccount, the label of its Pipeline. */
export function defaultPipelineRun(run: PipelineRun, config: TektonConfig, isNew: boolean): void {
  const { spec } = run;
  if (!spec) return;
  const timeouts = { pipeline: `${config.defaultTimeoutMinutes}m`, ...spec.timeouts };
  for (const [part, text] of Object.entries(timeouts)) {
    timeouts[part as keyof typeof timeouts] = canonicalDuration(text);
  }
  spec.timeouts = timeouts;
  const account = spec.taskRunTemplate?.serviceAccountName || config.defaultServiceAccount;
  spec.taskRunTemplate = { ...spec.taskRunTemplate, serviceAccountName: account };
  defaultPipelineSpec(spec.pipelineSpec);
  if (!isNew) return;
  dropReserved(run);
  // Tekton's controller adds it after creation; here it is there from the start, one write less a run.
  const label = pipelineLabel(run);
  if (label !== '') run.metadata.labels = { [names.pipelineLabel]: label, ...run.metadata.labels };
}

/** What the label `tekton.dev/pipeline` says of a run: its Pipeline, or the run itself when the Pipeline stands in it. */
function pipelineLabel({ spec, metadata }: PipelineRun): string {
  if (spec.pipelineRef?.name) return spec.pipelineRef.name;
  const own = metadata.generateName || metadata.name;
  return own.slice(0, 63).replace(/[^a-zA-Z0-9]+$/, '');
}
