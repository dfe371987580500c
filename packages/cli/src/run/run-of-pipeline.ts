import type { Pipeline, PipelineRun } from '@slipway/kube';
import { type GivenOptions, givenSpec } from './given.ts';

/** A PipelineRun for this Pipeline, named by the server, with what the command line gives. */
export function runOfPipeline(pipeline: Pipeline, options: GivenOptions): PipelineRun {
  const { name = 'pipeline', namespace } = pipeline.metadata;
  const run: PipelineRun = {
    apiVersion: 'tekton.dev/v1',
    kind: 'PipelineRun',
    metadata: { name: '', generateName: `${name}-run-`, ...(namespace !== undefined && { namespace }) },
    spec: { pipelineRef: { name } },
  };
  return overridePipelineRun(run, options, pipeline);
}

/** A PipelineRun in which the command line wins over what it says; `pipeline` is its Pipeline, where that is known. */
export function overridePipelineRun(
  run: PipelineRun,
  options: GivenOptions,
  pipeline: Pipeline | undefined,
): PipelineRun {
  const { spec } = run;
  const declared = spec?.pipelineSpec?.params ?? pipeline?.spec?.params;
  return {
    ...run,
    spec: {
      ...spec,
      ...givenSpec(spec, options, declared),
      ...(options.serviceaccount !== undefined && {
        taskRunTemplate: { ...spec?.taskRunTemplate, serviceAccountName: options.serviceaccount },
      }),
    },
  };
}
