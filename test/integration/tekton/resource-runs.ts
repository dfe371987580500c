// Runs with PipelineResources, as the old versions become v1.
import { resources, type TaskRun, type TaskSpec } from '@slipway/kube';
import { type Cluster, NAMESPACE } from './cluster.ts';

export const RESOURCES = 'tekton.dev/v1beta1Resources';
export const TASK_SPEC_RESOURCES = 'tekton.dev/v1beta1TaskSpecResources';

interface Declared {
  readonly name: string;
  readonly type: string;
}

/** The spec of a PipelineResource with these params. */
export const resourceSpec = (
  type: string,
  params: Readonly<Record<string, string>>,
  more: object = {},
): object => ({
  type,
  params: Object.entries(params).map(([name, value]) => ({ name, value })),
  ...more,
});

export const git: object = resourceSpec('git', { URL: 'https://me:secret@git.test/app.git', revision: 'v1' });
export const image: object = resourceSpec('image', { url: 'registry.test:5000/demo/app' });

export const gitInput: Declared = { name: 'git-source', type: 'git' };
const imageOutput: Declared = { name: 'docker-image', type: 'image' };

/** A git input and an image output, declared and given. */
export const both: Readonly<Record<'declared' | 'bound', Readonly<Record<'inputs' | 'outputs', object[]>>>> =
  {
    declared: { inputs: [gitInput], outputs: [imageOutput] },
    bound: {
      inputs: [{ name: 'git-source', resourceSpec: git }],
      outputs: [{ name: 'docker-image', resourceSpec: image }],
    },
  };

/** A run of an embedded Task that declares these resources, and is given those. */
export function runWithResources(
  cluster: Cluster,
  declared: object,
  bound: object,
  taskSpec: Partial<TaskSpec> = {},
  more: object = {},
): Promise<TaskRun> {
  const steps = [{ name: 'build', image: 'busybox', command: ['true'] }];
  return cluster.client.create<TaskRun>(resources.taskruns, {
    apiVersion: 'tekton.dev/v1',
    kind: 'TaskRun',
    metadata: {
      name: '',
      generateName: 'run-',
      namespace: NAMESPACE,
      annotations: { [TASK_SPEC_RESOURCES]: JSON.stringify(declared), [RESOURCES]: JSON.stringify(bound) },
    },
    spec: { taskSpec: { steps, ...taskSpec }, ...more },
  });
}
