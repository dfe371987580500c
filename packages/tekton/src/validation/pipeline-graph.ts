import type { PipelineTask } from '@slipway/kube';
import { dependenciesOf } from '../substitution/result-references.ts';
import { quote } from './names.ts';

/** Why tasks cannot be put in an order, in Tekton's words; undefined when they can. */
export function graphProblem(tasks: readonly PipelineTask[]): string | undefined {
  const names = new Set<string>();
  for (const { name } of tasks) {
    if (names.has(name)) {
      return `task ${name} is already present in Graph, can't add it again: duplicate pipeline task`;
    }
    names.add(name);
  }
  const needs = new Map(tasks.map((task) => [task.name, dependenciesOf(task)]));
  const cycle = cycleIn(needs);
  if (cycle) return `cycle detected; ${cycle}`;
  for (const [name, dependencies] of needs) {
    const unknown = dependencies.find((dependency) => !names.has(dependency));
    if (unknown === undefined) continue;
    return `couldn't add link between ${name} and ${unknown}: task ${name} depends on ${unknown} but ${unknown} wasn't present in Pipeline`;
  }
  return undefined;
}

/** Takes away what waits for nothing until nothing changes; what is left waits for itself. */
function cycleIn(needs: ReadonlyMap<string, readonly string[]>): string | undefined {
  const waiting = new Map([...needs].filter(([, dependencies]) => dependencies.length > 0));
  const left = (name: string): string[] => (waiting.get(name) ?? []).filter((need) => waiting.has(need));
  for (let before = -1; before !== waiting.size; ) {
    before = waiting.size;
    for (const name of [...waiting.keys()]) {
      if (left(name).length === 0) waiting.delete(name);
    }
  }
  const first = [...waiting.keys()].sort()[0];
  return first === undefined
    ? undefined
    : `task ${quote(first)} depends on ${left(first).map(quote).join(', ')}`;
}
