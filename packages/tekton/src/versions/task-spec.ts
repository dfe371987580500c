import type { DeclaredResources } from './annotations.ts';
import { containerOnlyFields } from './container-fields.ts';
import { compact, converted, convertedItems, isFilled, itemsOf, type Json, jsonOf, renamed } from './json.ts';
import { type Rewriting, rewriteAll, rewriteResources } from './references.ts';

/** Where variables stand in a Task. */
const TEXTS = ['steps', 'stepTemplate', 'sidecars', 'volumes', 'workspaces'];

type Note = Rewriting['note'];

/** A v1alpha1 Task's spec as v1beta1 says it: one shape, one spelling of variables. */
export function taskSpecToBeta(spec: Json, note?: Note): Json {
  const { inputs, outputs, containerTemplate, generation, ...rest } = spec;
  const { params: oldParams, resources: oldInputs } = jsonOf(inputs);
  const { inputs: newInputs, outputs: newOutputs } = jsonOf(rest.resources);
  const resources = compact({
    inputs: newInputs ?? oldInputs,
    outputs: newOutputs ?? jsonOf(outputs).resources,
  });
  const beta = compact({
    ...rest,
    params: rest.params ?? oldParams,
    stepTemplate: rest.stepTemplate ?? containerTemplate,
    resources: isFilled(resources) ? resources : undefined,
  });
  return withRewrittenTexts(beta, true, note);
}

/** A v1beta1 Task's spec as v1 says it; its `resources` are left out: see `declaredResources`. */
export function taskSpecToV1(spec: Json, note?: Note): Json {
  const { resources, ...rest } = spec;
  const steps = convertedItems(rest, 'steps', containerToV1);
  const template = converted(steps, 'stepTemplate', (item) => containerToV1(renamed(item, { name: '' })));
  const sidecars = convertedItems(template, 'sidecars', (item) => renamed(item, TO_V1));
  return withRewrittenTexts(sidecars, false, note);
}

/** The resources that a v1beta1 Task's spec declares; undefined when there are none. */
export function declaredResources(spec: Json): DeclaredResources | undefined {
  const { inputs, outputs } = jsonOf(spec.resources);
  const declared = compact({
    inputs: isFilled(inputs) ? inputs : undefined,
    outputs: isFilled(outputs) ? outputs : undefined,
  });
  return isFilled(declared) ? (declared as DeclaredResources) : undefined;
}

/** A v1 Task's spec as v1beta1 says it, with the resources that belong to it. */
export function taskSpecToBetaFromV1(spec: Json, resources: unknown): Json {
  const rename = (item: Json): Json => renamed(item, TO_BETA);
  const steps = convertedItems(spec, 'steps', rename);
  const all = convertedItems(converted(steps, 'stepTemplate', rename), 'sidecars', rename);
  return isFilled(resources) ? { ...all, resources } : all;
}

const TO_V1 = { resources: 'computeResources' };
const TO_BETA = { computeResources: 'resources' };
const UNHEARD = Object.fromEntries(containerOnlyFields.map((name) => [name, '']));

function containerToV1(container: Json): Json {
  return renamed(container, { ...TO_V1, ...UNHEARD });
}

function withRewrittenTexts(spec: Json, braces: boolean, note: Note): Json {
  const params = new Set(itemsOf(spec.params).map(({ name }) => String(name)));
  const rewriting: Rewriting = { braces, params, note };
  const copy = { ...spec };
  for (const part of TEXTS) if (copy[part] !== undefined) copy[part] = rewriteAll(copy[part], rewriting);
  return convertedItems(copy, 'params', (param) =>
    param.default === undefined ? param : { ...param, default: rewriteResources(param.default, rewriting) },
  );
}
