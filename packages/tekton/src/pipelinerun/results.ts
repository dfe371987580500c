import type { ParamValue, PipelineResult, TaskRunResult } from '@slipway/kube';
import {
  mergeReplacements,
  type PipelineReplacements,
  replaceInValue,
} from '../substitution/pipeline-values.ts';
import { resultsInValue } from '../substitution/result-references.ts';
import { RunFailure } from '../taskrun/run-failure.ts';
import { goList } from '../validation/names.ts';
import type { PipelineFacts } from './facts.ts';
import { hasSucceeded, resultReplacements, resultsOf } from './task-state.ts';

/** What a run leaves behind, and what it should have left behind and cannot. */
interface PipelineResults {
  readonly results: TaskRunResult[];
  readonly failure: RunFailure | undefined;
}

/**
 * The results of a Pipeline, from those of its tasks. One that wants a result of a task that failed or was not run is left
 * out; one that wants a result which a task that succeeded has not given is a failure.
 */
export function pipelineResults(declared: readonly PipelineResult[], facts: PipelineFacts): PipelineResults {
  const results: TaskRunResult[] = [];
  const invalid: string[] = [];
  for (const { name, value } of declared) {
    const outcome = resultOf(value, facts);
    if (outcome === 'invalid') invalid.push(name);
    else if (outcome !== 'absent') results.push({ name, value: outcome.value });
  }
  if (invalid.length === 0) return { results, failure: undefined };
  const why = `invalid pipelineresults ${goList(invalid)}, the referenced results don't exist`;
  const message = `Failed to get PipelineResult from TaskRun Results for PipelineRun ${facts.run.metadata.name}: ${why}`;
  return { results, failure: new RunFailure('CouldntGetPipelineResult', message) };
}

function resultOf(
  value: ParamValue,
  facts: PipelineFacts,
): { readonly value: ParamValue } | 'absent' | 'invalid' {
  const known: PipelineReplacements[] = [];
  for (const { task, result, index, key } of resultsInValue(value)) {
    const state = facts.state(task);
    const found = resultsOf(state).get(result);
    if (found === undefined) return hasSucceeded(state) ? 'invalid' : 'absent';
    if (index !== undefined && Array.isArray(found) && index >= found.length) return 'invalid';
    if (key !== undefined && !Object.hasOwn(found as object, key)) return 'invalid';
    known.push(resultReplacements(task, new Map([[result, found]])));
  }
  return { value: replaceInValue(asTasks(value), mergeReplacements(...known)) };
}

/** `$(finally.x.results.y)` is spelled as `$(tasks.x.results.y)`, under which results are known. */
function asTasks(value: ParamValue): ParamValue {
  const spelled = (text: string): string => text.replaceAll('$(finally.', '$(tasks.');
  if (typeof value === 'string') return spelled(value);
  if (Array.isArray(value)) return value.map(spelled);
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, spelled(text)]));
}
