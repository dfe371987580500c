import { dnsLabelProblems, type TaskResult } from '@slipway/kube';
import { typeOfValue } from '../params.ts';
import { FieldErrors } from './field-errors.ts';
import { goList, quote } from './names.ts';
import { keysOfOtherType } from './params.ts';

const RESULT_NAME = '^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$';
const isResultName = (name: string): boolean => new RegExp(RESULT_NAME).test(name);
const NAME_RULE = `must consist of alphanumeric characters, '-', '_', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my-name',  or 'my_name', regex used for validation is '${RESULT_NAME}')`;

/** Declared results of a Task or of a step; paths start with `[index]`. */
export function validateResults(results: readonly TaskResult[]): FieldErrors {
  const errors = new FieldErrors();
  for (const [index, result] of results.entries()) errors.merge(`[${index}]`, validateResult(result));
  return errors;
}

function validateResult(result: TaskResult): FieldErrors {
  const errors = new FieldErrors();
  if (!isResultName(result.name)) {
    return errors.add(`invalid key name ${quote(result.name)}`, 'name', `Name ${NAME_RULE}`);
  }
  const type: string = result.type ?? 'string';
  if (type === 'object') {
    validateProperties(result, errors);
  } else if (type !== 'string' && type !== 'array') {
    errors.invalidValue(type, 'type', 'type must be string');
  }
  return errors.merge('', validateValue(result));
}

function validateProperties(result: TaskResult, errors: FieldErrors): void {
  if (!result.properties) {
    errors.missing(`${result.name}.properties`);
    return;
  }
  const keys = keysOfOtherType(result);
  if (keys.length > 0) {
    errors.add(
      `The value type specified for these keys ${goList(keys)} is invalid, the type must be string`,
      `${result.name}.properties`,
    );
  }
}

function validateValue(result: TaskResult): FieldErrors {
  const errors = new FieldErrors();
  const { name, value } = result;
  if (value === undefined || value === '') return errors;
  const type = typeOfValue(value);
  if (typeof value !== 'string') {
    return errors.add(`Invalid Type. Wanted string but got: "${type}"`, `${name}.type`);
  }
  const reference = stepResultReference(value);
  if (!reference) {
    return errors.add(
      `Could not extract step name and result name. Expected value to look like $(steps.<stepName>.results.<resultName>) but got "${value}"`,
      `${name}.value`,
    );
  }
  if (dnsLabelProblems(reference.step).length > 0) {
    errors.add(`invalid extracted step name ${quote(reference.step)}`, `${name}.value`, STEP_NAME_RULE);
  }
  if (!isResultName(reference.result)) {
    errors.add(
      `invalid extracted result name ${quote(reference.result)}`,
      `${name}.value`,
      `resultName in $(steps.<stepName>.results.<resultName>) ${NAME_RULE}`,
    );
  }
  return errors;
}

const STEP_NAME_RULE =
  'stepName in $(steps.<stepName>.results.<resultName>) must be a valid DNS Label, For more info refer to https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#names';

/** The step and the result that `$(steps.<step>.results.<result>)` names. */
export function stepResultReference(value: string): { step: string; result: string } | undefined {
  const match = /\$\(steps\.(.*?)\.results\.(.*?)\)/.exec(value);
  return match ? { step: match[1]!, result: match[2]! } : undefined;
}
