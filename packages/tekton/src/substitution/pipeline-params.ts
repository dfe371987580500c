import { SlipwayError } from '@slipway/core';
import type { Param, ParamSpec, ParamValue } from '@slipway/kube';
import { typeOfValue } from '../params.ts';
import { paramReplacements } from './params.ts';
import { type PipelineReplacements, replaceInValue } from './pipeline-values.ts';
import { findReferences } from './references.ts';
import { textsOf } from './result-references.ts';

/** Tekton's limit of defaults that refer to params with defaults that refer to params … */
const MAX_DEPTH = 10;

/** What `$(params.…)` stands for in a Pipeline: the run's values over defaults, which may refer to other params. */
export function pipelineParams(specs: readonly ParamSpec[], params: readonly Param[]): PipelineReplacements {
  const resolver = new DefaultResolver(specs, params);
  const names = new Set([...params, ...specs.filter(hasDefault)].map(({ name }) => name));
  return replacementsOf([...names].map((name) => ({ name, value: resolver.value(name)! })));
}

const hasDefault = (spec: ParamSpec): boolean => spec.default !== undefined;

function replacementsOf(params: readonly Param[]): PipelineReplacements {
  const objects = new Map<string, Record<string, string>>();
  for (const { name, value } of params) {
    if (typeOfValue(value) !== 'object') continue;
    for (const key of [`params.${name}`, `params["${name}"]`, `params['${name}']`]) {
      objects.set(key, value as Record<string, string>);
    }
  }
  return { ...paramReplacements([], params), objects };
}

class DefaultResolver {
  readonly #defaults: ReadonlyMap<string, ParamValue>;
  readonly #given: ReadonlyMap<string, ParamValue>;
  readonly #resolved = new Map<string, ParamValue>();

  constructor(specs: readonly ParamSpec[], params: readonly Param[]) {
    this.#defaults = new Map(specs.filter(hasDefault).map((spec) => [spec.name, spec.default!]));
    this.#given = new Map(params.map(({ name, value }) => [name, value]));
  }

  value(name: string, trail: readonly string[] = []): ParamValue | undefined {
    const known = this.#resolved.get(name);
    if (known !== undefined) return known;
    const value = this.#resolve(name, trail);
    if (value !== undefined) this.#resolved.set(name, value);
    return value;
  }

  #resolve(name: string, trail: readonly string[]): ParamValue | undefined {
    const given = this.#given.get(name);
    const fallback = this.#defaults.get(name);
    const isPartial =
      given !== undefined &&
      fallback !== undefined &&
      [given, fallback].every((value) => typeOfValue(value) === 'object');
    if (given !== undefined && !isPartial) return given;
    if (fallback === undefined) return undefined;
    if (trail.includes(name)) {
      throw failed(`circular dependency detected in param "params.${name}"`);
    }
    if (trail.length > MAX_DEPTH) {
      throw failed(`maximum recursion depth (${MAX_DEPTH}) exceeded for param "params.${name}"`);
    }
    const resolved = this.#replaced(name, fallback, trail);
    return isPartial ? { ...(resolved as object), ...(given as Record<string, string>) } : resolved;
  }

  #replaced(name: string, value: ParamValue, trail: readonly string[]): ParamValue {
    const used = textsOf(value).flatMap((text) => findReferences(text, 'params'));
    const params = used.map((reference): Param => {
      const needed = this.value(reference.name, [...trail, name]);
      if (needed !== undefined) return { name: reference.name, value: needed };
      throw failed(`param "params.${name}" references undefined param "params.${reference.name}"`);
    });
    return params.length === 0 ? value : replaceInValue(value, replacementsOf(params));
  }
}

function failed(why: string): SlipwayError {
  return new SlipwayError('invalid', 'PARAM_RESOLUTION', `parameter resolution failed: ${why}`);
}
