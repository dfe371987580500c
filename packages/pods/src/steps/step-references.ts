import { SlipwayError } from '@slipway/core';
import type { Container } from '@slipway/kube';
import type { PodEnvironment } from '../pod/pod-environment.ts';
import { readStepResult } from './step-results.ts';

/** `$(steps.fetch.results.commit)`, of an array `[1]` or `[*]`, of an object `.key`. */
const REFERENCE = /\$\(steps\.([^.()]+)\.results\.([^.()[\]]+)(?:\[(\d+|\*)\]|\.([^()]+))?\)/g;

type Find = (step: string, result: string) => Promise<string | undefined>;

/**
 * A step's container with the results of earlier steps in its env, command and args, as Tekton's entrypoint puts them in
 * when the step starts. Throws STEP_RESULT_MISSING for one that no earlier step has written.
 */
export async function withStepResults(environment: PodEnvironment, container: Container): Promise<Container> {
  const { order, sandbox } = environment;
  const own = order?.steps.findIndex((step) => step.container === container.name) ?? -1;
  if (!order || own < 0) return container;
  const find: Find = async (step, result) => {
    const index = order.steps.findIndex(({ container: name }) => name === `step-${step}`);
    return index >= 0 && index < own ? await readStepResult(sandbox, index, result) : undefined;
  };
  const { env, command, args } = container;
  return {
    ...container,
    ...(env && { env: await Promise.all(env.map((variable) => inVariable(variable, find))) }),
    ...(command && { command: await inList(command, find) }),
    ...(args && { args: await inList(args, find) }),
  };
}

type Variable = NonNullable<Container['env']>[number];

async function inVariable(variable: Variable, find: Find): Promise<Variable> {
  if (variable.value === undefined) return variable;
  return { ...variable, value: await replaceReferences(variable.value, find) };
}

/** An element that is `[*]` of an array becomes as many elements as the array has. */
async function inList(list: readonly string[], find: Find): Promise<string[]> {
  const replaced = await Promise.all(list.map((text) => inElement(text, find)));
  return replaced.flat();
}

async function inElement(text: string, find: Find): Promise<string[]> {
  const [whole] = text.matchAll(REFERENCE);
  if (whole?.[0] !== text || whole[3] !== '*') return [await replaceReferences(text, find)];
  const items = parsed(await found(whole, find), whole[0]);
  if (Array.isArray(items)) return items.map(String);
  throw missing(whole[0], 'is not an array');
}

/** Replaces all references in a text. */
async function replaceReferences(text: string, find: Find): Promise<string> {
  const values = new Map<string, string>();
  for (const match of text.matchAll(REFERENCE)) values.set(match[0], await referencedValue(match, find));
  return text.replace(REFERENCE, (whole) => values.get(whole) ?? whole);
}

async function referencedValue(match: RegExpExecArray, find: Find): Promise<string> {
  const [whole, , , index, key] = match;
  const value = await found(match, find);
  const member = index ?? key;
  if (member === undefined) return value;
  const item = (parsed(value, whole) as Record<string, unknown>)?.[member];
  if (typeof item === 'string') return item;
  throw missing(whole, 'has no such member');
}

async function found([whole, step = '', result = '']: RegExpExecArray, find: Find): Promise<string> {
  const value = await find(step, result);
  if (value !== undefined) return value;
  throw missing(whole, `names a result that step "${step}" has not written`);
}

function parsed(value: string, whole: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    throw missing(whole, 'is not JSON, as arrays and objects are');
  }
}

function missing(whole: string, why: string): SlipwayError {
  return new SlipwayError('invalid', 'STEP_RESULT_MISSING', `${whole} ${why}`);
}
