import type { KubeClient, PipelineRun, PipelineTask, TaskSpec } from '@slipway/kube';
import { getTask } from '../taskrun/get-task.ts';
import { RunFailure } from '../taskrun/run-failure.ts';
import { isClusterTaskKind } from '../validation/task-kind.ts';
import { definitiveRefusal } from './resolve-pipeline.ts';

/** The Tasks that the tasks of one run name, each read once. */
export class TaskResolver {
  readonly #client: KubeClient;
  readonly #run: PipelineRun;
  readonly #pipelineName: string;
  readonly #tasks = new Map<string, Promise<TaskSpec>>();

  constructor(client: KubeClient, run: PipelineRun, pipelineName: string) {
    this.#client = client;
    this.#run = run;
    this.#pipelineName = pipelineName;
  }

  /** The Task of a pipeline task; undefined when its name is a result that is not known yet. */
  async spec({ taskRef, taskSpec }: PipelineTask): Promise<TaskSpec | undefined> {
    if (taskSpec) return taskSpec;
    const { name = '', kind, resolver } = taskRef ?? {};
    if (resolver || name === '') {
      const why = `the resolver "${resolver ?? ''}" of taskRef is not supported: apply the Task to namespace ${this.#run.metadata.namespace} and name it in taskRef.name`;
      throw this.#missing(name || `${resolver ?? ''}`, why);
    }
    if (name.includes('$(')) return undefined;
    const key = isClusterTaskKind(kind) ? `cluster/${name}` : name;
    let task = this.#tasks.get(key);
    if (!task) {
      task = this.#get(name, kind);
      this.#tasks.set(key, task);
    }
    return task;
  }

  async #get(name: string, kind: string | undefined): Promise<TaskSpec> {
    try {
      return (await getTask(this.#client, { name, kind }, this.#run.metadata.namespace)).spec;
    } catch (error) {
      const why = definitiveRefusal(error);
      throw why === undefined ? error : this.#missing(name, why);
    }
  }

  #missing(name: string, why: string): RunFailure {
    const pipeline = `${this.#run.metadata.namespace}/${this.#pipelineName}`;
    return new RunFailure(
      'CouldntGetTask',
      `Pipeline ${pipeline} can't be Run; it contains Tasks that don't exist: Couldn't retrieve Task "${name}": ${why}`,
    );
  }
}
