// The words in which the tests speak of PipelineRuns on a control plane without a pod runner.
import assert from 'node:assert/strict';
import {
  type Condition,
  type KubeObject,
  type PipelineRun,
  type PipelineRunSpec,
  resources,
  type TaskRun,
} from '@slipway/kube';
import { eventually } from '@slipway/testkit';
import { type Cluster, ended, NAMESPACE } from './cluster.ts';

export const conditionOf = (run: PipelineRun): Condition | undefined => run.status?.conditions?.[0];

/** Why each task was not run. */
export const skips = (run: PipelineRun): Record<string, string> =>
  Object.fromEntries((run.status?.skippedTasks ?? []).map(({ name, reason }) => [name, reason]));

/** The results, by name. */
export const resultsOf = (run: PipelineRun): Record<string, unknown> =>
  Object.fromEntries((run.status?.results ?? []).map(({ name, value }) => [name, value]));

/** PipelineRuns on a Cluster. */
export class Pipelines {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  create(spec: PipelineRunSpec, metadata: Partial<KubeObject['metadata']> = {}): Promise<PipelineRun> {
    return this.#cluster.client.create<PipelineRun>(resources.pipelineruns, {
      apiVersion: 'tekton.dev/v1',
      kind: 'PipelineRun',
      metadata: { name: '', generateName: 'pr-', namespace: NAMESPACE, ...metadata },
      spec,
    });
  }

  read({ metadata }: PipelineRun): Promise<PipelineRun> {
    return this.#cluster.client.get<PipelineRun>(resources.pipelineruns, metadata.name, NAMESPACE);
  }

  async patch({ metadata }: PipelineRun, spec: object): Promise<void> {
    const patch = { type: 'merge', body: { spec } } as const;
    await this.#cluster.client.patch(resources.pipelineruns, metadata.name, patch, { namespace: NAMESPACE });
  }

  /** The run when its condition has this reason. */
  async with(run: PipelineRun, reason: string): Promise<PipelineRun> {
    let last: Condition | undefined;
    const look = async (): Promise<PipelineRun | false> => {
      const now = await this.read(run);
      last = conditionOf(now);
      return last?.reason === reason && now;
    };
    try {
      return await eventually(look, {
        what: `${run.metadata.name} is ${reason}`,
        deadlineMs: 10_000,
        everyMs: 2,
      });
    } catch (error) {
      return assert.fail(`${String(error)}; it is ${JSON.stringify(last)}`);
    }
  }

  /** The TaskRun of a task, when it is there. */
  taskRun(run: PipelineRun, task: string): Promise<TaskRun> {
    const name = `${run.metadata.name}-${task}`;
    const get = (): Promise<TaskRun> =>
      this.#cluster.client.get<TaskRun>(resources.taskruns, name, NAMESPACE);
    return eventually(get, { what: name, everyMs: 2, deadlineMs: 10_000 });
  }

  /** The names of the tasks that have TaskRuns. */
  async started({ metadata }: PipelineRun): Promise<string[]> {
    const { items } = await this.#cluster.client.list<TaskRun>(resources.taskruns, {
      namespace: NAMESPACE,
      labelSelector: `tekton.dev/pipelineRun=${metadata.name}`,
    });
    return items.map(({ metadata: { name } }) => name.slice(metadata.name.length + 1)).sort();
  }

  /** Ends a task's pod with this code and these results. */
  async end(
    run: PipelineRun,
    task: string,
    code: number = 0,
    results: Readonly<Record<string, string>> = {},
    podSuffix: string = '-pod',
  ): Promise<void> {
    const pod = await this.#cluster.podOf(await this.taskRun(run, task), podSuffix);
    const entries = Object.entries(results).map(([key, value]): [string, string, number] => [key, value, 1]);
    await this.#cluster.report(pod, code === 0 ? 'Succeeded' : 'Failed', ended(code, ...entries));
  }
}
