import type { PipelineRun, PipelineTask, PipelineTaskMetadata } from '@slipway/kube';
import { names } from '../config.ts';
import type { ResolvedPipeline } from './resolve-pipeline.ts';

type Texts = Readonly<Record<string, string>>;

/**
 * Annotations that speak of one object only: what kubectl applied, what old API versions said of it, what Chains signed.
 */
const OWN_ANNOTATION =
  /^(?:kubectl\.kubernetes\.io\/last-applied-configuration|tekton\.dev\/v1beta1|chains\.tekton\.dev\/)/;

const inherited = (annotations: Texts = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(annotations).filter(([key]) => !OWN_ANNOTATION.test(key)));

/** The run's metadata with what it gets from its Pipeline; its own labels and annotations win. */
export function withInherited(
  { metadata }: PipelineRun,
  pipeline: ResolvedPipeline,
): PipelineRun['metadata'] {
  const labels = { ...pipeline.labels, ...metadata.labels };
  const annotations = { ...inherited(pipeline.annotations), ...metadata.annotations };
  return {
    ...metadata,
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}

/** The labels of the TaskRun of a task: of its taskRunSpec, else the run's and Tekton's, else of its embedded Task. */
export function childLabels(
  run: PipelineRun,
  task: PipelineTask,
  section: 'tasks' | 'finally',
  own: PipelineTaskMetadata | undefined,
): Record<string, string> {
  return {
    ...task.taskSpec?.metadata?.labels,
    ...run.metadata.labels,
    [names.pipelineRunLabel]: run.metadata.name,
    [names.pipelineRunUidLabel]: run.metadata.uid ?? '',
    [names.pipelineTaskLabel]: task.name,
    [names.memberOfLabel]: section,
    ...own?.labels,
  };
}

/** The annotations of the TaskRun of a task, by the same order. */
export function childAnnotations(
  run: PipelineRun,
  task: PipelineTask,
  own: PipelineTaskMetadata | undefined,
): Record<string, string> {
  return {
    ...task.taskSpec?.metadata?.annotations,
    ...inherited(run.metadata.annotations),
    ...own?.annotations,
    ...(task.onError === 'continue' && { [names.onErrorAnnotation]: 'continue' }),
  };
}
