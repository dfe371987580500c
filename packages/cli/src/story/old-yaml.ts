import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SlipwayError } from '@slipway/core';
import { type KubeObject, parseManifests, stringifyYaml } from '@slipway/kube';

/** The methods of the story, each with a Task `task-<method>.yaml`; the one that needs no privilege first. */
export const STORY_METHODS = ['kaniko', 'buildah', 'docker'] as const;
export type StoryMethod = (typeof STORY_METHODS)[number];

/** As OpenShift 3.11 names its registry, on each node and in each pod. */
export const REGISTRY_NAME = 'docker-registry.default.svc.cluster.local';
const DEFAULT_NAMESPACE = 'story';
export const ACCOUNT = 'pipeline';

const EXAMPLES = fileURLToPath(new URL('../../../../examples/story', import.meta.url));

/** A Task of v1alpha1 as far as the story looks at it. */
interface OldTask extends KubeObject {
  readonly spec?: {
    readonly inputs?: { readonly resources?: { readonly name: string }[] };
    readonly outputs?: { readonly resources?: { readonly name: string }[] };
  };
}

/**
 * Puts the YAML of the story into a folder: the Tasks as they are, from `tasks` when given, `source.yaml` with the URL of the
 * repository, and for each method what it pushes to and a run. Returns the namespace that the Tasks name, else one of the
 * story's own. Throws STORY_TASK.
 */
export async function writeStoryYaml(folder: string, url: string, tasks: string = EXAMPLES): Promise<string> {
  const write = (name: string, object: object): Promise<void> =>
    writeFile(join(folder, name), stringifyYaml(object));
  let namespace = DEFAULT_NAMESPACE;
  for (const method of STORY_METHODS) {
    const name = `task-${method}.yaml`;
    await cp(join(tasks, name), join(folder, name));
    const task = readTask(await readFile(join(tasks, name), 'utf8'), name);
    namespace = task.metadata.namespace ?? namespace;
    await write(`image-${method}.yaml`, imageResource(namespace, method));
    await write(`run-${method}.yaml`, runOf(namespace, method, task));
  }
  await write('source.yaml', gitResource(namespace, url));
  return namespace;
}

/** The sources of the program: those of the examples, with the Dockerfiles of `tasks` when given. */
export async function writeSources(folder: string, tasks?: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await cp(join(EXAMPLES, 'app'), folder, { recursive: true });
  if (tasks === undefined) return;
  for (const name of await readdir(tasks)) {
    if (/dockerfile/i.test(name)) await cp(join(tasks, name), join(folder, name));
  }
}

function readTask(text: string, file: string): OldTask {
  const task = parseManifests(text, file)
    .map(({ object }) => object)
    .find(({ kind }) => kind === 'Task');
  if (task) return task;
  throw new SlipwayError('invalid', 'STORY_TASK', `${file} has no Task`);
}

function gitResource(namespace: string, url: string): object {
  const params = [
    { name: 'revision', value: 'master' },
    { name: 'url', value: url },
  ];
  return pipelineResource({ name: 'source', namespace }, 'git', params);
}

function imageResource(namespace: string, method: StoryMethod): object {
  const url = `${REGISTRY_NAME}:5000/${namespace}/app-${method}`;
  const metadata = { name: `image-${method}`, namespace };
  return pipelineResource(metadata, 'image', [{ name: 'url', value: url }]);
}

function pipelineResource(metadata: object, type: string, params: readonly object[]): object {
  return {
    apiVersion: 'tekton.dev/v1alpha1',
    kind: 'PipelineResource',
    metadata,
    spec: { type, params },
  };
}

function runOf(namespace: string, method: StoryMethod, { metadata, spec }: OldTask): object {
  const bind = (name: string | undefined, resource: string): object => ({
    resources: [{ name, resourceRef: { name: resource } }],
  });
  return {
    apiVersion: 'tekton.dev/v1alpha1',
    kind: 'TaskRun',
    metadata: { name: `build-with-${method}`, namespace },
    spec: {
      serviceAccount: ACCOUNT,
      taskRef: { name: metadata.name },
      inputs: bind(spec?.inputs?.resources?.[0]?.name, 'source'),
      outputs: bind(spec?.outputs?.resources?.[0]?.name, `image-${method}`),
    },
  };
}
