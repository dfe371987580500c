import type { ParamValue, TaskResult, TaskRunResult } from '@slipway/kube';
import { typeOfValue } from '../params.ts';
import { goList } from '../validation/names.ts';
import { stepResultReference } from '../validation/results.ts';
import { type RunResult, resultTypes } from './termination-message.ts';

/** The results of one kind, read as the types that the Task declares. */
export function readResults(
  entries: readonly RunResult[],
  kind: 'task' | 'step',
  declared: readonly TaskResult[],
): TaskRunResult[] {
  const types = new Map(declared.map((result) => [result.name, result.type ?? 'string']));
  return entries
    .filter((entry) => entry.type === resultTypes[kind])
    .map(({ key, value }) => {
      const parsed = types.get(key) === 'string' ? value : parseValue(value);
      return { name: key, type: typeOfValue(parsed), value: parsed };
    });
}

/** A list or a map of strings written as JSON; any other text is itself. */
function parseValue(text: string): ParamValue {
  const trimmed = text.trim();
  if (!trimmed.startsWith('[') && !trimmed.startsWith('{')) return text;
  try {
    const parsed: unknown = JSON.parse(trimmed);
    const values: unknown[] = Object.values(parsed as object);
    return values.every((value) => typeof value === 'string') ? (parsed as ParamValue) : text;
  } catch {
    return text; // not JSON: the type does not match, which mismatchOf reports
  }
}

/** Task results that are declared as the result of this step: `value: $(steps.<step>.results.<result>)`. */
export function fromStepResults(
  step: string,
  stepResults: readonly TaskRunResult[],
  declared: readonly TaskResult[],
): TaskRunResult[] {
  return declared.flatMap((result) => {
    const reference = typeof result.value === 'string' ? stepResultReference(result.value) : undefined;
    if (reference?.step !== step) return [];
    const found = stepResults.find(({ name }) => name === reference.result);
    return found ? [{ ...found, name: result.name }] : [];
  });
}

/** Each result once, in order of first appearance, with its last value. */
export function lastOfEach(results: readonly TaskRunResult[]): TaskRunResult[] {
  return [...new Map(results.map((result) => [result.name, result])).values()];
}

/** Why results do not fit their declaration, in Tekton's words; undefined when they do. */
export function mismatchOf(
  results: readonly TaskRunResult[],
  declared: readonly TaskResult[],
): string | undefined {
  const specs = new Map(declared.map((result) => [result.name, result]));
  const wrong = results.flatMap(({ name, type }) => {
    const wanted = specs.get(name)?.type ?? 'string';
    if (!specs.has(name) || wanted === type) return [];
    return [
      ` "${name}": task result is expected to be "${wanted}" type but was initialized to a different type "${type}"`,
    ];
  });
  if (wrong.length > 0) {
    return `Provided results don't match declared results; may be invalid JSON or missing result declaration: ${wrong.sort().join(',')}`;
  }
  const missing = results.flatMap(({ name, value }) => {
    const keys = Object.keys(specs.get(name)?.properties ?? {});
    const absent = keys.filter((key) => typeof value === 'object' && !(key in value));
    return absent.length > 0 ? [`${name}:${goList(absent)}`] : [];
  });
  if (missing.length === 0) return undefined;
  return `missing keys for these results which are required in TaskResult's properties map${goList(missing)}`;
}
