// For any object: the other versions of it fit their schemas, mean the same, and leave what is not Tekton's alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KubeObject, kindSchema, pruneObject } from '@slipway/kube';
import fc from 'fast-check';
import { convertVersion } from './convert.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,6}$/);
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '${inputs.params.p}',
        '$(inputs.params.p)',
        '${outputs.resources.o.url}',
        '$(params.p)',
      ),
      fc.constantFrom(
        '${HOME}',
        '$(cat x)',
        '$',
        '${',
        '}',
        '$(',
        '${x:-${y}}',
        '$((1))',
        '\\',
        '\n',
        ' && ',
      ),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 5 },
  )
  .map((parts) => parts.join(''));
const some = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(value, { maxLength: 3 });
const partly = <T extends Record<string, fc.Arbitrary<unknown>>>(fields: T) =>
  fc.record(fields, { requiredKeys: [] });

const type = fc.constantFrom('git', 'image', 'storage');
const declared = some(fc.record({ name, type }));
const reference = fc.record({ name, resourceRef: fc.record({ name }) });
const inPlace = fc.record({ name, resourceSpec: fc.record({ type }), paths: some(name) });
const bound = some(fc.oneof(reference, inPlace));
const param = fc.oneof(fc.record({ name }), fc.record({ name, default: text }));
const env = some(fc.record({ name, value: text }));
const resources = fc.constant({ limits: { memory: '1Gi' } });
const step = partly({
  name,
  image: text,
  command: some(text),
  args: some(text),
  env,
  resources,
  stdin: fc.boolean(),
});
const volume = fc.record({ name: text, hostPath: fc.record({ path: text }) });

const oldTask = partly({
  inputs: partly({ params: some(param), resources: declared }),
  outputs: partly({ resources: declared }),
  steps: some(step),
  containerTemplate: step,
  volumes: some(volume),
});
const newTask = partly({
  params: some(param),
  resources: partly({ inputs: declared, outputs: declared }),
  steps: some(step),
  stepTemplate: step,
});
const taskSpec = fc.oneof(oldTask, newTask);

const values = some(fc.record({ name, value: text }));
const oldRun = partly({
  inputs: partly({ params: values, resources: bound }),
  outputs: partly({ resources: bound }),
  serviceAccount: name,
  nodeSelector: fc.dictionary(name, name, { maxKeys: 2 }),
  taskRef: fc.record({ name }),
  taskSpec,
});
const newRun = partly({
  params: values,
  resources: partly({ inputs: bound, outputs: bound }),
  serviceAccountName: name,
  timeout: fc.constantFrom('90s', '1h', '0'),
  taskSpec,
});

const used = partly({
  inputs: some(fc.record({ name, resource: name, from: some(name) })),
  outputs: some(fc.record({ name, resource: name })),
});
const conditions = some(
  fc.record(
    {
      conditionRef: name,
      params: values,
      resources: some(fc.record({ name, resource: name, from: some(name) })),
    },
    { requiredKeys: ['conditionRef'] },
  ),
);
const task = fc.record(
  { name, taskSpec, params: values, resources: used, conditions },
  { requiredKeys: ['name'] },
);
const pipelineSpec = partly({
  resources: declared,
  params: some(param),
  tasks: fc.uniqueArray(task, { maxLength: 3, selector: (each) => each.name }),
});
const pipelineRun = partly({
  pipelineSpec,
  resources: some(reference),
  serviceAccount: name,
  timeout: fc.constantFrom('90s', '1h'),
  params: values,
});

const SPECS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  Task: taskSpec,
  TaskRun: fc.oneof(oldRun, newRun),
  Pipeline: pipelineSpec,
  PipelineRun: pipelineRun,
};

function unknownFields(object: KubeObject): string[] {
  return pruneObject(object, kindSchema(object.apiVersion, object.kind)!).unknown;
}

for (const [kind, specs] of Object.entries(SPECS)) {
  test(`any ${kind} means the same in each version`, () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const object = {
          apiVersion: 'tekton.dev/v1alpha1',
          kind,
          metadata: { name: 'x' },
          spec,
        } as KubeObject;
        assert.deepEqual(unknownFields(object), []);
        const v1 = convertVersion(object, 'v1');
        for (const version of ['v1', 'v1beta1', 'v1alpha1']) {
          const other = convertVersion(object, version);
          assert.deepEqual(unknownFields(other), []);
          assert.deepEqual(convertVersion(other, 'v1'), v1);
          assert.deepEqual(convertVersion(convertVersion(v1, version), 'v1'), v1);
        }
      }),
      { numRuns: 300 },
    );
  });
}
