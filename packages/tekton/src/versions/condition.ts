import type { TaskSpec, TektonCondition } from '@slipway/kube';
import { defaultTaskSpec } from '../admission/defaults.ts';
import type { DeclaredResources } from './annotations.ts';
import { compact, type Json, jsonOf } from './json.ts';
import { type Rewriting, rewriteAll } from './references.ts';
import { declaredResources, taskSpecToBeta, taskSpecToV1 } from './task-spec.ts';

/** The Task that the check of a Condition is. */
interface CheckTask {
  /** As v1 says it, complete; its only step is the check. */
  readonly spec: TaskSpec;
  readonly declared: DeclaredResources | undefined;
}

/** The Task of one step that a Condition stands for, in today's spelling of variables. */
export function checkTask({ metadata, spec }: TektonCondition, note?: Rewriting['note']): CheckTask {
  const { check, params, resources = [] } = spec;
  const conditionResources = new Set(resources.map(({ name }) => name));
  const names = new Set((params ?? []).map(({ name }) => name));
  const step = rewriteAll(jsonOf(check), { braces: true, params: names, conditionResources, note });
  const inputs = resources.length > 0 ? { inputs: resources } : undefined;
  const written: Json = compact({
    params,
    resources: inputs,
    steps: [{ ...step, name: step.name || checkName(metadata.name) }],
  });
  const beta = taskSpecToBeta(structuredClone(written), note);
  const v1 = taskSpecToV1(beta, note) as TaskSpec;
  defaultTaskSpec(v1);
  return { spec: v1, declared: declaredResources(beta) };
}

/** The step's name where the check has none; names of containers have no dots. */
const checkName = (condition: string): string => `condition-check-${condition.replaceAll('.', '-')}`;
