import { childName, type PipelineRun } from '@slipway/kube';

const MAX_NAME = 63;

/** The TaskRuns of a pipeline task: those that the run's status names, or the names that clients compute, too. */
export function taskRunNames(run: PipelineRun, task: string, count: number): string[] {
  const recorded = (run.status?.childReferences ?? [])
    .filter(({ kind, pipelineTaskName }) => kind === 'TaskRun' && pipelineTaskName === task)
    .map(({ name = '' }) => name);
  if (recorded.length > 0) return recorded;
  const { name } = run.metadata;
  if (count === 1) return [childName(name, `-${task}`)];
  return Array.from({ length: count }, (_, index) => {
    const own = childName(name, `-${task}-${index}`);
    if (own.endsWith(`-${index}`)) return own;
    return `${childName(name, `-${task}`).slice(0, MAX_NAME - `-${count}`.length)}-${index}`;
  });
}
