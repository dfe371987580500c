import { SlipwayError } from '@slipway/core';
import type { PipelineRun, PipelineSpec } from '@slipway/kube';
import { pipelineParams } from '../substitution/pipeline-params.ts';
import { replaceInPipeline } from '../substitution/pipeline-task.ts';
import { type PipelineReplacements, pipelineStrings } from '../substitution/pipeline-values.ts';
import { RunFailure } from '../taskrun/run-failure.ts';
import type { ResolvedPipeline } from './resolve-pipeline.ts';

/** The Pipeline for one run, as `status.pipelineSpec` shows it: params, context and workspaces replaced, in this order. */
export function preparePipeline(run: PipelineRun, pipeline: ResolvedPipeline): PipelineSpec {
  return knownAtStart(run, pipeline).reduce(replaceInPipeline, pipeline.spec);
}

/** What variables of a Pipeline stand for when a run of it begins, in the order in which they are replaced. */
export function knownAtStart(run: PipelineRun, { name, spec }: ResolvedPipeline): PipelineReplacements[] {
  return [paramsOf(run, name, spec), contextOf(run, name), boundWorkspaces(run, spec)];
}

function paramsOf(run: PipelineRun, name: string, spec: PipelineSpec): PipelineReplacements {
  try {
    return pipelineParams(spec.params ?? [], run.spec.params ?? []);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    const pipeline = `${run.metadata.namespace}/${name}`;
    throw RunFailure.ofUser(
      'PipelineValidationFailed',
      `Failed to apply parameters to Pipeline ${pipeline}: ${error.message}`,
    );
  }
}

/** `$(context.pipelineRun.*)` and `$(context.pipeline.name)`. */
export function contextOf({ metadata }: PipelineRun, pipelineName: string): PipelineReplacements {
  return pipelineStrings([
    ['context.pipelineRun.name', metadata.name],
    ['context.pipelineRun.namespace', metadata.namespace ?? ''],
    ['context.pipelineRun.uid', metadata.uid ?? ''],
    ['context.pipeline.name', pipelineName],
  ]);
}

/** `$(workspaces.x.bound)`. */
function boundWorkspaces(run: PipelineRun, spec: PipelineSpec): PipelineReplacements {
  return pipelineStrings([
    ...(spec.workspaces ?? []).map(({ name }) => [`workspaces.${name}.bound`, 'false'] as const),
    ...(run.spec.workspaces ?? []).map(({ name }) => [`workspaces.${name}.bound`, 'true'] as const),
  ]);
}
