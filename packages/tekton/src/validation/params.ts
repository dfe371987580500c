import type { ParamSpec, Step } from '@slipway/kube';
import { declaredType, typeOfValue } from '../params.ts';
import { FieldErrors } from './field-errors.ts';
import { duplicates, goList } from './names.ts';
import { validateArrayUse, validateObjectUse, validateReferences } from './variables.ts';

const TYPES = ['string', 'array', 'object'];
const NAME = /^[_a-zA-Z][_a-zA-Z0-9.-]*$/;
const OBJECT_NAME = /^[_a-zA-Z][_a-zA-Z0-9-]*$/;

/** Types of declared params, their defaults and their properties. */
export function validateParamTypes(params: readonly ParamSpec[]): FieldErrors {
  const errors = new FieldErrors();
  for (const param of params) {
    const type = declaredType(param);
    if (!TYPES.includes(type)) {
      errors.invalidValue(type, `params.${param.name}.type`);
      continue;
    }
    const given = param.default === undefined ? type : typeOfValue(param.default);
    if (given !== type) {
      errors.add(`"${type}" type does not match default value's type: "${given}"`, [
        `params.${param.name}.type`,
        `params.${param.name}.default.type`,
      ]);
      continue;
    }
    const keys = keysOfOtherType(param);
    if (keys.length > 0) {
      errors.add(
        `The value type specified for these keys ${goList(keys)} is invalid`,
        `params.${param.name}.properties`,
      );
    }
  }
  return errors;
}

/** The keys of an object param or result whose declared type is not string. */
export function keysOfOtherType({ properties }: Pick<ParamSpec, 'properties'>): string[] {
  return Object.entries(properties ?? {})
    .filter(([, property]) => (property?.type ?? 'string') !== 'string')
    .map(([key]) => key);
}

/** Names of declared params, and how steps use the array params among them. */
export function validateParamDeclarations(steps: readonly Step[], params: readonly ParamSpec[]): FieldErrors {
  const errors = new FieldErrors();
  for (const name of duplicates(params.map((param) => param.name))) {
    errors.add('parameter appears more than once', `params[${name}]`);
  }
  validateEnums(params, errors);
  validateNameFormat(params, errors);
  const arrays = params.filter((param) => declaredType(param) === 'array').map((param) => param.name);
  return errors.merge('', validateArrayUse(steps, new Set(arrays)));
}

function validateEnums(params: readonly ParamSpec[], errors: FieldErrors): void {
  for (const param of params.filter((param) => (param.enum ?? []).length > 0)) {
    const path = `params[${param.name}]`;
    if (declaredType(param) !== 'string') errors.add('enum can only be set with string type param', path);
    for (const value of duplicates(param.enum!)) {
      errors.add(`parameter enum value ${value} appears more than once`, path);
    }
    if (typeof param.default === 'string' && param.default !== '' && !param.enum!.includes(param.default)) {
      errors.add(`param default value ${param.default} not in the enum list`, path);
    }
  }
}

function validateNameFormat(params: readonly ParamSpec[], errors: FieldErrors): void {
  const objects = params.filter((param) => declaredType(param) === 'object');
  const badNames = params
    .filter((param) => !objects.includes(param) && !NAME.test(param.name))
    .map((param) => param.name);
  if (badNames.length > 0) {
    errors.add(
      `The format of following array and string variable names is invalid: ${goList([...new Set(badNames)].sort())}`,
      'params',
      'String/Array Names: \nMust only contain alphanumeric characters, hyphens (-), underscores (_), and dots (.)\nMust begin with a letter or an underscore (_)',
    );
  }
  const badObjects = objects.flatMap((param) => {
    const keys = Object.keys(param.properties ?? {}).filter((key) => !OBJECT_NAME.test(key));
    return OBJECT_NAME.test(param.name) && keys.length === 0 ? [] : [`${param.name}:${goList(keys)}`];
  });
  if (badObjects.length > 0) {
    errors.add(
      `Object param name and key name format is invalid: map${goList(badObjects.sort())}`,
      'params',
      'Object Names: \nMust only contain alphanumeric characters, hyphens (-), underscores (_) \nMust begin with a letter or an underscore (_)',
    );
  }
}

/** Steps use declared params only, objects by their keys, and an object declares its properties. */
export function validateParamUse(steps: readonly Step[], params: readonly ParamSpec[]): FieldErrors {
  const errors = validateReferences(steps, 'params', new Set(params.map((param) => param.name)));
  const objects = params.filter((param) => declaredType(param) === 'object');
  const keys = new Map(objects.map((param) => [param.name, new Set(Object.keys(param.properties ?? {}))]));
  errors.merge('', validateObjectUse(steps, keys));
  for (const param of objects) {
    if (!param.properties) errors.missing(`${param.name}.properties`);
  }
  return errors;
}
