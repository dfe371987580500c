import type { KubeObject, PipelineResource, TaskRun } from '@slipway/kube';
import { AGE, type Column, column, NAME } from './column.ts';

function succeeded(member: 'status' | 'reason'): Column['cell'] {
  return (object: KubeObject) => {
    const conditions = (object as TaskRun).status?.conditions ?? [];
    return conditions.find(({ type }) => type === 'Succeeded')?.[member] ?? '';
  };
}

function time(member: 'startTime' | 'completionTime'): Column['cell'] {
  return (object: KubeObject) => (object as TaskRun).status?.[member] ?? null;
}

/** The printer columns of Tekton's TaskRun and PipelineRun. */
export const RUN_COLUMNS: readonly Column[] = [
  NAME,
  column('Succeeded', 'Whether the run succeeded.', succeeded('status')),
  column('Reason', 'Why it did or did not.', succeeded('reason')),
  column('StartTime', 'When it started.', time('startTime'), { type: 'date' }),
  column('CompletionTime', 'When it ended.', time('completionTime'), { type: 'date' }),
];

/** The columns of a PipelineResource. */
export const RESOURCE_COLUMNS: readonly Column[] = [
  NAME,
  column('Type', 'What it is: git, image, …', (object) => (object as PipelineResource).spec?.type ?? ''),
  AGE,
];
