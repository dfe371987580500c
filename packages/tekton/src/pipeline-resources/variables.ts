import type { TaskSpec } from '@slipway/kube';
import { replaceInTaskSpec } from '../substitution/fields.ts';
import { findReferences } from '../substitution/references.ts';
import { type Replacements, stringReplacements } from '../substitution/replacements.ts';
import { textsIn } from '../substitution/texts.ts';
import { RunFailure } from '../taskrun/run-failure.ts';
import { goList } from '../validation/names.ts';
import type { PipelineResourceSpec, ResourceKind } from '../versions/annotations.ts';
import { type BoundResource, paramOf, type TaskResources } from './bound-resource.ts';
import { clusterFields } from './cluster.ts';
import type { Direction } from './declared.ts';

/** The variables of each type beside `name`, `type` and `path`: parameters, in Tekton's spelling, and their defaults. */
const PARAMS: Readonly<Record<ResourceKind, Readonly<Record<string, string>>>> = {
  git: {
    url: '',
    revision: 'master',
    refspec: '',
    submodules: 'true',
    depth: '1',
    sslVerify: 'true',
    httpProxy: '',
    httpsProxy: '',
    noProxy: '',
  },
  image: { url: '', digest: '' },
  storage: { location: '' },
  cluster: {},
  pullRequest: { url: '' },
  cloudEvent: { 'target-uri': '' },
};

/** Parameters that a variable shows under another name. */
const SOURCES: Readonly<Record<string, string>> = { 'target-uri': 'targetURI' };

/** The Task with the variables of its resources replaced. Throws RunFailure for one that no resource has. */
export function replaceResources(spec: TaskSpec, resources: TaskResources): TaskSpec {
  const withInputs = replaceInTaskSpec(spec, replacementsOf('inputs', resources));
  const replaced = replaceInTaskSpec(withInputs, replacementsOf('outputs', resources));
  for (const direction of ['inputs', 'outputs'] as const) refuseUnknown(replaced, direction, resources);
  return replaced;
}

function refuseUnknown(spec: TaskSpec, direction: Direction, resources: TaskResources): void {
  const unknown = textsIn([spec.steps, spec.stepTemplate, spec.volumes]).flatMap((text) =>
    findReferences(text, `resources.${direction}`),
  )[0];
  if (!unknown) return;
  const named = resources[direction].find(({ declaration }) =>
    unknown.path.startsWith(`${declaration.name}.`),
  );
  const names = resources[direction].map(({ declaration }) => declaration.name);
  const why = named
    ? `"${named.declaration.name}", of type ${named.declaration.type}, has ${goList(Object.keys(variablesOf(named)))}`
    : `the ${direction} are ${goList(names)}`;
  throw RunFailure.ofUser('TaskRunValidationFailed', `non-existent variable ${unknown.text}: ${why}`);
}

function replacementsOf(direction: Direction, resources: TaskResources): Replacements {
  const entries: [string, string][] = [];
  const add = (name: string, values: Readonly<Record<string, string>>): void => {
    for (const [key, value] of Object.entries(values)) {
      entries.push([`resources.${direction}.${name}.${key}`, value]);
      entries.push([`${direction}.resources.${name}.${key}`, value]);
    }
  };
  for (const resource of resources[direction]) add(resource.declaration.name, variablesOf(resource));
  for (const { declaration, path } of resources.absent.filter((one) => one.direction === direction)) {
    const nothing = Object.keys(PARAMS[declaration.type as ResourceKind] ?? {}).map((key) => [key, '']);
    add(declaration.name, { ...Object.fromEntries(nothing), name: '', type: declaration.type, path });
  }
  return stringReplacements(entries);
}

/** The variables of a resource: those of its type, and its parameters as their author spells them. */
function variablesOf({ declaration, resourceName, spec, path }: BoundResource): Record<string, string> {
  const ofType = Object.entries(PARAMS[declaration.type]).map(([key, value]): [string, string] => [
    key,
    paramOf(spec, SOURCES[key] ?? key) || value,
  ]);
  return {
    ...ownParams(spec),
    name: resourceName,
    ...Object.fromEntries(ofType),
    ...(declaration.type === 'cluster' ? clusterVariables(spec, resourceName) : {}),
    type: declaration.type,
    path,
  };
}

function ownParams(spec: PipelineResourceSpec): Record<string, string> {
  return Object.fromEntries((spec.params ?? []).map(({ name, value }) => [name, value]));
}

function clusterVariables(spec: PipelineResourceSpec, resourceName: string): Record<string, string> {
  const { insecure, cadata, ...fields } = clusterFields(spec, resourceName);
  const pem = Buffer.from(cadata, 'base64').toString('utf8');
  return { ...fields, revision: paramOf(spec, 'revision'), insecure: `${insecure}`, cadata: pem };
}
