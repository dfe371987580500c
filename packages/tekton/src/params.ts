import type { ParamSpec, ParamType, ParamValue } from '@slipway/kube';

/** The type of a param's value as written: a text, a list or a map. */
export function typeOfValue(value: ParamValue): ParamType {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'object' && value !== null ? 'object' : 'string';
}

/** The type that a declaration means: its own, else what its properties or its default say, else `string`. */
export function declaredType(spec: ParamSpec): ParamType {
  if (spec.type) return spec.type;
  if (spec.properties) return 'object';
  return spec.default === undefined ? 'string' : typeOfValue(spec.default);
}

/** The value as a text; numbers and booleans of YAML are taken as Tekton takes them, as they print. */
export function textOf(value: ParamValue): string {
  return typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : `${value}`;
}
