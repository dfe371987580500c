import { SlipwayError } from '@slipway/core';
import { buildah } from './buildah.ts';
import { docker } from './docker.ts';
import { kaniko } from './kaniko.ts';
import type { BuildMethod } from './method.ts';
import { native } from './native.ts';

/** The build methods by name; a new one is a file here and a Task in `tasks/`. */
export const methods: ReadonlyMap<string, BuildMethod> = new Map(
  [native, kaniko, buildah, docker].map((method) => [method.name, method]),
);

/** The method of this name. Throws METHOD_UNKNOWN. */
export function methodNamed(name: string): BuildMethod {
  const method = methods.get(name);
  if (method) return method;
  throw new SlipwayError('usage', 'METHOD_UNKNOWN', `there is no build method "${name}"`, {
    hint: `one of: ${[...methods.keys()].join(', ')}`,
  });
}
