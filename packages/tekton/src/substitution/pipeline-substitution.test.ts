import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ParamSpec, ParamValue, PipelineTask } from '@slipway/kube';
import { pipelineParams } from './pipeline-params.ts';
import { replaceInPipeline } from './pipeline-task.ts';
import { replaceInValue, replaceInWhen } from './pipeline-values.ts';
import { dependenciesOf, parseResultReference } from './result-references.ts';

const specs: ParamSpec[] = [
  { name: 'registry', default: 'r.io' },
  { name: 'image', default: '$(params.registry)/$(params.name):1' },
  { name: 'name' },
  { name: 'tags', type: 'array', default: ['$(params.image)', 'latest'] },
  { name: 'git', type: 'object', properties: { url: {}, rev: {} }, default: { url: 'u', rev: 'main' } },
];
const params = pipelineParams(specs, [
  { name: 'name', value: 'app' },
  { name: 'git', value: { rev: 'v1' } },
]);

const values: [text: ParamValue, want: ParamValue][] = [
  ['$(params.image)', 'r.io/app:1'],
  ['see $(params.image) and $(params.unknown)', 'see r.io/app:1 and $(params.unknown)'],
  ['$(params.tags[*])', ['r.io/app:1', 'latest']],
  ['$(params.tags)', ['r.io/app:1', 'latest']],
  ['$(params.tags[1])', 'latest'],
  [
    ['a', '$(params.tags[*])', '$(params["name"])'],
    ['a', 'r.io/app:1', 'latest', 'app'],
  ],
  ['$(params.git[*])', { url: 'u', rev: 'v1' }],
  ['$(params.git.rev)', 'v1'],
  [{ a: '$(params.name)' }, { a: 'app' }],
];
for (const [value, want] of values) {
  test(`${JSON.stringify(value)} of a Pipeline`, () => assert.deepEqual(replaceInValue(value, params), want));
}

test('a list is compared as JSON, and gives several values', () => {
  const when = { input: '$(params.tags[*])', operator: 'in', values: ['$(params.tags[*])', 'x'] } as const;
  assert.deepEqual(replaceInWhen({ ...when, values: [...when.values] }, params), {
    input: '["r.io/app:1","latest"]',
    operator: 'in',
    values: ['r.io/app:1', 'latest', 'x'],
  });
});

test('an embedded Task sees the params of the Pipeline, except those that it is given', () => {
  const task: PipelineTask = {
    name: 't',
    params: [
      { name: 'name', value: '$(tasks.first.results.name)' },
      { name: 'git', value: { url: 'other' } },
    ],
    taskSpec: {
      steps: [
        {
          name: 's',
          image: '$(params.image)',
          script: '$(params.name) $(params.git.url) $(params.git.rev) $(params.registry)',
        },
      ],
    },
  };
  const [replaced] = replaceInPipeline({ tasks: [task] }, params).tasks ?? [];
  assert.deepEqual(replaced?.taskSpec?.steps?.[0], {
    name: 's',
    image: 'r.io/app:1',
    script: '$(params.name) $(params.git.url) v1 r.io',
  });
});

const references: [expression: string, want: object | undefined][] = [
  ['tasks.a.results.r', { task: 'a', result: 'r' }],
  ['tasks.a.results.r[*]', { task: 'a', result: 'r' }],
  ['tasks.a.results.r[12]', { task: 'a', result: 'r', index: 12 }],
  ['tasks.a.results.r.key', { task: 'a', result: 'r', key: 'key' }],
  ['finally.a.results.r', { task: 'a', result: 'r' }],
  ['tasks.a.results.r.key.more', undefined],
  ['tasks.a.status', undefined],
  ['params.a', undefined],
];
for (const [expression, want] of references) {
  test(`the result in ${expression}`, () => assert.deepEqual(parseResultReference(expression), want));
}

test('a task waits for those it follows and those whose results it uses, wherever it does', () => {
  const task: PipelineTask = {
    name: 't',
    runAfter: ['z'],
    params: [{ name: 'p', value: ['$(tasks.a.results.r[*])'] }],
    matrix: {
      params: [{ name: 'm', value: '$(tasks.b.results.r[*])' }],
      include: [{ params: [{ name: 'n', value: '$(tasks.c.results.r)' }] }],
    },
    when: [{ input: '$(tasks.d.results.r)', operator: 'in', values: ['$(tasks.e.results.r)'] }],
    taskSpec: { steps: [{ name: 's', image: 'i', script: 'echo $(tasks.f.results.r) $(tasks.f.status)' }] },
  };
  assert.deepEqual(dependenciesOf(task), ['a', 'b', 'c', 'd', 'e', 'f', 'z']);
});
