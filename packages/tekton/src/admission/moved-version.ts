import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '@slipway/kube';
import { names } from '../config.ts';
import {
  PIPELINE_SPEC_RESOURCES_ANNOTATION,
  RESOURCES_ANNOTATION,
  TASK_SPEC_RESOURCES_ANNOTATION,
  TASKS_RESOURCES_ANNOTATION,
} from '../versions/annotations.ts';
import { jsonOf } from '../versions/json.ts';

const CARRIED = [
  RESOURCES_ANNOTATION,
  TASK_SPEC_RESOURCES_ANNOTATION,
  PIPELINE_SPEC_RESOURCES_ANNOTATION,
  TASKS_RESOURCES_ANNOTATION,
];

/**
 * Settles what an apply leaves of an object that its author applied in an older version before: the resources, which
 * only the conversion carried on. Changes the object; what its new configuration names stays.
 */
export function forgetOlderConfiguration(object: KubeObject, old: KubeObject): void {
  const { annotations } = object.metadata;
  if (annotations === undefined || !hasMoved(object, old)) return;
  const named = jsonOf(jsonOf(jsonOf(lastApplied(object)).metadata).annotations);
  for (const name of CARRIED) {
    if (name in named || annotations[name] !== old.metadata.annotations?.[name]) continue;
    delete annotations[name];
  }
}

/** Whether an author, by `kubectl apply` of either kind, has come to the version of the object from another. */
function hasMoved(object: KubeObject, old: KubeObject): boolean {
  const { apiVersion } = object;
  const before = lastApplied(old)?.apiVersion;
  if (before !== undefined && before !== apiVersion && lastApplied(object)?.apiVersion === apiVersion)
    return true;
  const appliers = (of: KubeObject) =>
    (of.metadata.managedFields ?? []).filter(({ operation }) => operation === 'Apply');
  const elsewhere = before !== undefined && before !== apiVersion;
  return appliers(object).some(({ manager, apiVersion: now, fieldsV1 }) => {
    if (now !== apiVersion) return false;
    const earlier = appliers(old).find((each) => each.manager === manager);
    // Who applies the spec on the server's side, after kubectl did on its own, has a whole configuration, too.
    if (earlier === undefined) return elsewhere && 'f:spec' in jsonOf(fieldsV1);
    return earlier.apiVersion !== apiVersion;
  });
}

function lastApplied({ metadata }: KubeObject): Partial<KubeObject> | undefined {
  const text = metadata.annotations?.[names.lastAppliedAnnotation];
  if (text === undefined) return undefined;
  try {
    return jsonOf(JSON.parse(text));
  } catch {
    return undefined; // not kubectl's: it says nothing of versions
  }
}

/** Fields of a v1alpha1 Task that say the same, before Tekton v0.11 and after. */
const SHAPES: readonly (readonly [string[], string[]])[] = [
  [['inputs', 'params'], ['params']],
  [
    ['inputs', 'resources'],
    ['resources', 'inputs'],
  ],
  [
    ['outputs', 'resources'],
    ['resources', 'outputs'],
  ],
  [['containerTemplate'], ['stepTemplate']],
];

/**
 * Where a change brings a field in one shape of v1alpha1 while the other shape's is as it was, the new one counts: an
 * apply cannot know in which shape the Task is shown to it. Changes the object.
 */
export function keepNewShape(object: KubeObject, old: KubeObject): void {
  if (object.kind !== 'Task' && object.kind !== 'ClusterTask') return;
  for (const [one, other] of SHAPES) {
    if (at(object, one) === undefined || at(object, other) === undefined) continue;
    for (const [path, counterpart] of [[one, other] as const, [other, one] as const]) {
      const isLeft = isDeepStrictEqual(at(object, path), at(old, path));
      if (isLeft && at(old, counterpart) === undefined) remove(object, path);
    }
  }
}

function at({ spec }: KubeObject, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => jsonOf(value)[name], spec);
}

function remove({ spec }: KubeObject, path: readonly string[]): void {
  const [first, second] = path as [string, string?];
  const whole = jsonOf(spec);
  const part = jsonOf(whole[first]);
  if (second !== undefined) delete part[second];
  // An empty `resources: {}` is not what anyone wrote.
  if (second === undefined || Object.keys(part).length === 0) delete whole[first];
}
