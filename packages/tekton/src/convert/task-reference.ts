import type { YAMLMap } from '@slipway/kube';
import { mapAt, put, take, textAt } from './nodes.ts';
import type { Report } from './report.ts';

/** Turns what names a Task or Pipeline (`taskRef`, `pipelineRef`) into v1: a bundle becomes a resolver, the old version goes. */
export function convertReference(holder: YAMLMap, key: 'taskRef' | 'pipelineRef', report: Report): void {
  const ref = mapAt(holder, key);
  if (!ref) return;
  if (textAt(ref, 'apiVersion')?.startsWith('tekton.dev/')) take(ref, 'apiVersion');
  if (textAt(ref, 'kind') === 'ClusterTask') {
    const why = 'ClusterTask has gone; apply it as a Task, or use the cluster resolver';
    report.problem(why, ref);
  }
  const bundle = textAt(ref, 'bundle');
  if (bundle === undefined) return;
  const kind = key === 'taskRef' ? 'task' : 'pipeline';
  const params = [
    { name: 'bundle', value: bundle },
    { name: 'name', value: textAt(ref, 'name') ?? '' },
    { name: 'kind', value: kind },
  ];
  for (const field of ['bundle', 'name', 'kind']) take(ref, field);
  put(ref, 'resolver', 'bundles');
  put(ref, 'params', params);
}
