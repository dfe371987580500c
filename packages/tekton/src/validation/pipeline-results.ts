import type { PipelineResult, PipelineTask } from '@slipway/kube';
import { looksLikeResult, parseResultReference, resultsInValue } from '../substitution/result-references.ts';
import { FieldErrors } from './field-errors.ts';
import { goList } from './names.ts';
import { expressionsOf } from './pipeline-variables.ts';

/** The results of a Pipeline are made of results of its tasks. Paths start with `results`. */
export function validatePipelineResults(
  results: readonly PipelineResult[],
  tasks: readonly PipelineTask[],
  finals: readonly PipelineTask[],
): FieldErrors {
  const errors = new FieldErrors();
  const names = {
    tasks: new Set(tasks.map(({ name }) => name)),
    finally: new Set(finals.map(({ name }) => name)),
  };
  for (const [index, { value }] of results.entries()) {
    const problem = resultProblem(expressionsOf(value), names);
    if (problem !== undefined) errors.invalidValue(problem, `results[${index}].value`);
  }
  return errors;
}

interface Names {
  readonly tasks: ReadonlySet<string>;
  readonly finally: ReadonlySet<string>;
}

function resultProblem(expressions: readonly string[], names: Names): string | undefined {
  const expected = 'expected pipeline results to be task result expressions but';
  if (expressions.length === 0) return `${expected} no expressions were found`;
  const meant = expressions.filter(looksLikeResult);
  if (meant.length === 0) return `${expected} an invalid expressions was found`;
  const understood = meant.filter((expression) => parseResultReference(expression));
  if (understood.length !== meant.length) {
    return `expected all of the expressions ${goList(meant)} to be result expressions but only ${goList(understood)} were`;
  }
  const exists = (expression: string): boolean => {
    const [section, task = ''] = expression.split('.');
    return names[section as keyof Names].has(task);
  };
  return understood.every(exists) ? undefined : 'referencing a nonexistent task';
}

/** The tasks of `finally` wait for all others, and use results of those only. Paths start with `[index]`. */
export function validateFinally(
  finals: readonly PipelineTask[],
  tasks: readonly PipelineTask[],
): FieldErrors {
  const errors = new FieldErrors();
  const finalNames = new Set(finals.map(({ name }) => name));
  const taskNames = new Set(tasks.map(({ name }) => name));
  for (const [index, final] of finals.entries()) {
    if ((final.runAfter ?? []).length > 0) {
      const problem = `no runAfter allowed under spec.finally, final task ${final.name} has runAfter specified`;
      errors.invalidValue(problem, `[${index}].runAfter`);
    }
    const used = [
      ...(final.params ?? []).map(({ name, value }) => ({ path: `params[${name}].value`, value })),
      ...(final.when ?? []).map(({ input, values = [] }, at) => ({
        path: `when[${at}]`,
        value: [input ?? '', ...values],
      })),
    ];
    for (const { path, value } of used) {
      for (const { task } of resultsInValue(value)) {
        const problem = finalReference(task, taskNames, finalNames);
        if (problem !== undefined) errors.invalidValue(problem, `[${index}].${path}`);
      }
    }
  }
  return errors;
}

function finalReference(
  task: string,
  tasks: ReadonlySet<string>,
  finals: ReadonlySet<string>,
): string | undefined {
  const start = 'invalid task result reference, final task has task result reference from a';
  if (finals.has(task)) return `${start} final task ${task}`;
  return tasks.has(task) ? undefined : `${start} task ${task} which is not defined in the pipeline`;
}
