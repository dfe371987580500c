// One of Tekton's example files: what it holds, and what of it this machine cannot give.
import { readFile } from 'node:fs/promises';
import { type KubeObject, parseManifests } from '@slipway/kube';
import { standInFor } from './stand-ins.ts';

export interface Example {
  /** Below the folder of the examples: `taskruns/home-volume.yaml`. */
  readonly name: string;
  readonly text: string;
  readonly objects: readonly KubeObject[];
}

/** Reads an example. A digest names an image that is not here, so the stand-in with the same name is taken instead. */
export async function readExample(folder: string, name: string): Promise<Example> {
  const text = (await readFile(`${folder}/${name}`, 'utf8')).replace(
    /^(\s*-?\s*image: .*?)@sha256:[0-9a-f]{64}/gm,
    '$1',
  );
  return { name, text, objects: parseManifests(text, name).map(({ object }) => object) };
}

/** The example as a namespace of its own wants it: upstream ran all of them in `default`. */
export function inNamespace({ text }: Example, namespace: string): string {
  return text
    .replaceAll(/\bnamespace: default\b/g, `namespace: ${namespace}`)
    .replaceAll('sink.default', `sink.${namespace}`);
}

/** Why the example needs the network, or an image that is only there; undefined when it needs neither. */
export function networkNeed({ objects }: Example): string | undefined {
  for (const object of objects) {
    const needs = [...values(object)].map(([key, value]) => needOf(key, value, object.kind));
    const first = needs.find((need) => need !== undefined);
    if (first) return first;
  }
  return undefined;
}

function needOf(key: string, value: unknown, kind: string): string | undefined {
  if (key === 'resolver' && value !== 'cluster') return `resolver ${String(value)}`;
  if (key === 'gitRepo') return 'a gitRepo volume';
  if (typeof value !== 'string') return undefined;
  if (key === 'image' && !value.includes('$')) {
    return standInFor(value) ? undefined : `the image ${value}, which has no stand-in`;
  }
  if (/\bgs:\/\/|\bgit@|\bgithub\.com\//.test(value) && kind !== 'ConfigMap') {
    const remote = /(gs:\/\/|git@|(https?:\/\/)?github\.com\/)[^\s"']*/.exec(value);
    return remote?.[0];
  }
  return undefined;
}

/** Each member below an object, by its last key; those of a list have the list's. Annotations and labels are left out. */
function* values(node: unknown, key = ''): Generator<[string, unknown]> {
  yield [key, node];
  if (Array.isArray(node)) {
    for (const item of node) yield* values(item, key);
  } else if (node !== null && typeof node === 'object') {
    for (const [member, value] of Object.entries(node)) {
      if (!['metadata', 'description', 'data', 'stringData'].includes(member)) yield* values(value, member);
    }
  }
}

/** The images that an example names: outright, and by a variable, of which any value that has a stand-in may be meant. */
export function imagesOf({ objects }: Example): string[] {
  const texts = [...values(objects)].filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const images = texts.filter(([key]) => key === 'image').map(([, value]) => value);
  const named = images.filter((image) => !image.includes('$'));
  if (named.length === images.length) return named;
  const given = texts.filter(([key, value]) => ['default', 'value'].includes(key) && standInFor(value));
  return [...named, ...given.map(([, value]) => value)];
}
