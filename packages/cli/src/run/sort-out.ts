import type { KubeObject, Manifest, Pipeline, PipelineSpec, Task } from '@slipway/kube';
import type { Run } from '../follow/outcome.ts';
import type { GivenOptions } from './given.ts';
import { overridePipelineRun, runOfPipeline } from './run-of-pipeline.ts';
import { overrideTaskRun, runOfTask } from './run-of-task.ts';
import { v1View } from './v1-view.ts';

/** What a file asks for: objects to apply first, in the order of the file, then runs. */
export interface Work {
  readonly objects: readonly Manifest[];
  readonly runs: readonly { readonly run: Run; readonly place: Manifest['place'] | undefined }[];
}

const isTekton = ({ apiVersion }: KubeObject): boolean => apiVersion.startsWith('tekton.dev/');
const isRun = (object: KubeObject): object is Run =>
  isTekton(object) && (object.kind === 'TaskRun' || object.kind === 'PipelineRun');

/** The runs of the files, and one for each Task and Pipeline in them that nothing else there names. */
export function sortOut(manifests: readonly Manifest[], options: GivenOptions): Work {
  const all = manifests.map(({ object }) => v1View(object));
  const ofKind = <T extends KubeObject>(kind: string): T[] =>
    all.filter((object) => isTekton(object) && object.kind === kind) as T[];
  const tasks = ofKind<Task>('Task');
  const pipelines = ofKind<Pipeline>('Pipeline');
  const named = namesIn(all);
  const given = manifests.flatMap(({ object, place }) => {
    if (!isRun(object)) return [];
    // Unless the command line says more, the run is created as it was written, in its own version.
    return [{ run: overridden(object, options, tasks, pipelines), place }];
  });
  const derived = [
    ...pipelines
      .filter((each) => !named.pipelines.has(each.metadata.name))
      .map((each) => runOfPipeline(each, options)),
    ...tasks.filter((each) => !named.tasks.has(each.metadata.name)).map((each) => runOfTask(each, options)),
  ];
  return {
    objects: manifests.filter(({ object }) => !isRun(object)),
    runs: [...given, ...derived.map((run) => ({ run, place: undefined }))],
  };
}

function overridden(
  run: Run,
  options: GivenOptions,
  tasks: readonly Task[],
  pipelines: readonly Pipeline[],
): Run {
  const { param, workspace, serviceaccount } = options;
  if (!param && !workspace && serviceaccount === undefined) return run;
  if (run.kind === 'TaskRun') {
    const today = v1View(run);
    const task = tasks.find(({ metadata }) => metadata.name === today.spec?.taskRef?.name);
    return overrideTaskRun(today, options, task);
  }
  const today = v1View(run);
  const pipeline = pipelines.find(({ metadata }) => metadata.name === today.spec?.pipelineRef?.name);
  return overridePipelineRun(today, options, pipeline);
}

/** The Tasks and Pipelines that runs and Pipelines name. */
function namesIn(objects: readonly KubeObject[]): { tasks: Set<string>; pipelines: Set<string> } {
  const tasks = new Set<string>();
  const pipelines = new Set<string>();
  const addTasks = (spec: PipelineSpec | undefined): void => {
    for (const { taskRef } of [...(spec?.tasks ?? []), ...(spec?.finally ?? [])]) {
      if (taskRef?.name) tasks.add(taskRef.name);
    }
  };
  for (const object of objects.filter(isTekton)) {
    if (object.kind === 'Pipeline') addTasks((object as Pipeline).spec);
    if (!isRun(object)) continue;
    if (object.kind === 'TaskRun') tasks.add(object.spec?.taskRef?.name ?? '');
    else {
      pipelines.add(object.spec?.pipelineRef?.name ?? '');
      addTasks(object.spec?.pipelineSpec);
    }
  }
  return { tasks, pipelines };
}
