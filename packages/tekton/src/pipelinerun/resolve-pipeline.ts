import {
  type KubeClient,
  type Pipeline,
  type PipelineRun,
  type PipelineSpec,
  resources,
} from '@slipway/kube';
import { RunFailure } from '../taskrun/run-failure.ts';

export interface ResolvedPipeline {
  /** The run's own name for a Pipeline that stands in it. */
  readonly name: string;
  readonly spec: PipelineSpec;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The Pipeline that a run executes: its own, or the one of its namespace that it names. */
export async function resolvePipeline(client: KubeClient, run: PipelineRun): Promise<ResolvedPipeline> {
  const { pipelineRef, pipelineSpec } = run.spec;
  const { name, namespace } = run.metadata;
  if (pipelineSpec) return { name, spec: pipelineSpec, labels: {}, annotations: {} };
  if (!pipelineRef?.name || pipelineRef.resolver) {
    const why = `the resolver "${pipelineRef?.resolver ?? ''}" of pipelineRef is not supported: apply the Pipeline to namespace ${namespace} and name it in pipelineRef.name`;
    throw couldNotGet(run, why);
  }
  try {
    const pipeline = await client.get<Pipeline>(resources.pipelines, pipelineRef.name, namespace);
    const { labels = {}, annotations = {} } = pipeline.metadata;
    return { name: pipelineRef.name, spec: pipeline.spec, labels, annotations };
  } catch (error) {
    const why = definitiveRefusal(error);
    if (why === undefined) throw error;
    throw couldNotGet(run, `error when listing pipelines for pipelineRun ${name}: ${why}`);
  }
}

function couldNotGet({ metadata }: PipelineRun, why: string): RunFailure {
  const { name, namespace } = metadata;
  const message = `Error retrieving pipeline for pipelinerun ${namespace}/${name}: ${why}`;
  return new RunFailure('CouldntGetPipeline', message);
}

/** What the API said when another try would not help: there is no such object, or it may not be read. */
export function definitiveRefusal(error: unknown): string | undefined {
  const kind = error instanceof Error && 'kind' in error ? error.kind : undefined;
  return error instanceof Error && (kind === 'not-found' || kind === 'denied') ? error.message : undefined;
}
