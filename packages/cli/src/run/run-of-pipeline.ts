import type { Pipeline, PipelineRun } from '@slipway/kube';
import { merged, paramsOf } from './params.ts';
import type { GivenOptions } from './run-of-task.ts';
import { parseWorkspaceBinding } from './workspace-binding.ts';

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
  const params = merged(spec?.params, paramsOf(options.param, declared));
  const workspaces = merged(spec?.workspaces, (options.workspace ?? []).map(parseWorkspaceBinding));
  return {
    ...run,
    spec: {
      ...spec,
      ...(params.length > 0 && { params }),
      ...(workspaces.length > 0 && { workspaces }),
      ...(options.serviceaccount !== undefined && {
        taskRunTemplate: { ...spec?.taskRunTemplate, serviceAccountName: options.serviceaccount },
      }),
    },
  };
}
