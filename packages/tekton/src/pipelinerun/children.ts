import {
  controllerOf,
  isStatus,
  type KubeClient,
  type PipelineRun,
  resources,
  StatusError,
  type TaskRun,
} from '@slipway/kube';
import { isDone } from '../conditions.ts';
import { RunFailure } from '../taskrun/run-failure.ts';
import {
  CONDITION_CHECKS_ANNOTATION,
  type ConditionChecks,
  readAnnotation,
} from '../versions/annotations.ts';

interface ChildrenOptions {
  readonly client: KubeClient;
  /** The TaskRun as the controller's cache has it. */
  readonly cached: (namespace: string, name: string) => TaskRun | undefined;
  /** Every TaskRun of the cache. */
  readonly all: () => readonly TaskRun[];
}

/** The TaskRuns of PipelineRuns: found, made once, cancelled. */
export class Children {
  readonly #options: ChildrenOptions;

  constructor(options: ChildrenOptions) {
    this.#options = options;
  }

  /** Finds TaskRuns of the run by name: in the cache, and those that its status names wherever they are. */
  async finder(run: PipelineRun): Promise<(name: string) => TaskRun | undefined> {
    const { namespace = '' } = run.metadata;
    const behind = new Map<string, TaskRun>();
    const made = (run.status?.childReferences ?? []).map(({ name = '' }) => name);
    for (const name of [...made, ...checkNames(run)]) {
      if (this.#options.cached(namespace, name)) continue;
      const taskRun = await this.#get(namespace, name); // made a moment ago, or deleted by somebody
      if (taskRun) behind.set(name, taskRun);
    }
    return (name) => {
      const taskRun = this.#options.cached(namespace, name) ?? behind.get(name);
      return taskRun && isOwn(taskRun, run) ? taskRun : undefined;
    };
  }

  async #get(namespace: string, name: string): Promise<TaskRun | undefined> {
    try {
      return await this.#options.client.get<TaskRun>(resources.taskruns, name, namespace);
    } catch (error) {
      if (isStatus(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  /** Makes a TaskRun; finds it when an earlier try, cut off, had made it. */
  async create(run: PipelineRun, taskRun: TaskRun): Promise<TaskRun> {
    const { name, namespace = '' } = taskRun.metadata;
    try {
      return await this.#options.client.create<TaskRun>(resources.taskruns, taskRun);
    } catch (error) {
      if (isStatus(error, 'AlreadyExists')) {
        const found = await this.#get(namespace, name);
        if (found && isOwn(found, run)) return found;
        const why = `a TaskRun of the name ${name} exists and belongs to something else`;
        throw new RunFailure('CreateRunFailed', `failed to create TaskRun ${namespace}/${name}: ${why}`);
      }
      const isDefinitive = error instanceof StatusError && isStatus(error, 'Invalid', 'BadRequest');
      throw isDefinitive ? new RunFailure('CreateRunFailed', error.message) : error;
    }
  }

  /** Cancels these TaskRuns, unless they are over. */
  async cancel(taskRuns: readonly TaskRun[], statusMessage: string): Promise<void> {
    const body = { spec: { status: 'TaskRunCancelled', statusMessage } };
    for (const { metadata, spec, ...rest } of taskRuns) {
      if (isDone(rest) || spec.status === 'TaskRunCancelled') continue;
      const { name, namespace = '' } = metadata;
      try {
        await this.#options.client.patch(resources.taskruns, name, { type: 'merge', body }, { namespace });
      } catch (error) {
        // Gone, or over before the cache knew: a run that is over does not change.
        if (!isStatus(error, 'NotFound', 'BadRequest')) throw error;
      }
    }
  }

  /** Every TaskRun of the run, also one that its status does not name yet. */
  ownedBy(run: PipelineRun): TaskRun[] {
    return this.#options.all().filter((taskRun) => isOwn(taskRun, run));
  }
}

/** The checks of Conditions that the status tells of. */
function checkNames({ status }: PipelineRun): string[] {
  const told = readAnnotation<ConditionChecks>(status?.annotations, CONDITION_CHECKS_ANNOTATION) ?? {};
  return Object.values(told).flatMap(({ conditionChecks }) => Object.keys(conditionChecks));
}

const isOwn = (taskRun: TaskRun, run: PipelineRun): boolean =>
  controllerOf(taskRun)?.uid === run.metadata.uid;
