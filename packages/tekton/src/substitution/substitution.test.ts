import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Param, ParamSpec, Task, TaskRun, TaskSpec, WorkspaceBinding } from '@slipway/kube';
import { yaml } from '@slipway/testkit';
import fc from 'fast-check';
import { prepareTask } from '../taskrun/prepare.ts';
import { paramReplacements } from './params.ts';
import { findReferences } from './references.ts';
import { replaceInList, replaceInText } from './replacements.ts';

const specs: ParamSpec[] = [
  { name: 'who', type: 'string', default: 'world' },
  { name: 'a.dotted', type: 'string', default: 'dots' },
  { name: 'list', type: 'array', default: ['one', 'two', 'three'] },
  { name: 'git', type: 'object', properties: {}, default: { url: 'https://e', rev: 'main' } },
  { name: 'greeting', type: 'string', default: 'hello $(params.who)' },
];
const params: Param[] = [
  { name: 'list', value: ['x', 'y'] },
  { name: 'git', value: { rev: 'dev' } },
  { name: 'odd', value: '$(params.who)' },
];
const replacements = paramReplacements(specs, params);

const texts: [text: string, want: string][] = [
  ['$(params.who)', 'world'],
  ['$(params["who"]) and $(params[\'who\'])', 'world and world'],
  ['$(params["a.dotted"])', 'dots'],
  ['$(inputs.params.who)', 'world'],
  ['$(params.list[0]) $(params["list"][1])', 'x y'],
  ['$(params.list[2])', '$(params.list[2])'],
  ['$(params.git.url)@$(params.git.rev)', 'https://e@dev'],
  ['$(params.greeting)', 'hello world'],
  ['$(params.odd)', '$(params.who)'],
  ['$(cat file) $(params.unknown) ${params.who}', '$(cat file) $(params.unknown) ${params.who}'],
  ['$(echo $(params.who))', '$(echo world)'],
];
for (const [text, want] of texts) {
  test(`${text} becomes ${want}`, () => assert.equal(replaceInText(text, replacements), want));
}

test('an argument that is a whole array becomes its items', () => {
  const args = ['-x', '$(params.list[*])', '$(params.list)', '$(params["list"][*])', '$(params.list[1])'];
  assert.deepEqual(replaceInList(args, replacements), ['-x', 'x', 'y', 'x', 'y', 'x', 'y', 'y']);
});

test('an empty array leaves no argument', () => {
  const empty = paramReplacements([], [{ name: 'none', value: [] }]);
  assert.deepEqual(replaceInList(['a', '$(params.none[*])', 'b'], empty), ['a', 'b']);
});

test('any text without a reference stays as it is', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!text.includes('$(params'));
      assert.equal(replaceInText(text, replacements), text);
    }),
  );
});

test('any value comes out as it went in, whatever it looks like', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (before, value, after) => {
      fc.pre(![before, after].some((text) => /[$()]/.test(text)));
      const own = paramReplacements([], [{ name: 'v', value }]);
      assert.equal(replaceInText(`${before}$(params.v)${after}`, own), `${before}${value}${after}`);
    }),
  );
});

test('a reference is found under any name, in each spelling', () => {
  const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_-]{0,20}$/);
  fc.assert(
    fc.property(name, (variable) => {
      for (const text of [
        `$(params.${variable})`,
        `$(params["${variable}"])`,
        `$(params['${variable}'])`,
        `$(params.${variable}[*])`,
        `$(params.${variable}[12])`,
      ]) {
        assert.deepEqual(
          findReferences(`a ${text} b`, 'params').map((reference) => reference.name),
          [variable],
        );
      }
    }),
  );
});

function prepared(spec: TaskSpec, run: Partial<TaskRun['spec']> = {}): TaskSpec {
  const taskRun: TaskRun = {
    apiVersion: 'tekton.dev/v1',
    kind: 'TaskRun',
    metadata: { name: 'run', namespace: 'ns', uid: 'uid-1' },
    spec: run,
    status: { retriesStatus: [{}] },
  };
  return prepareTask(taskRun, { name: 'task', spec, labels: {}, annotations: {} }).podSpec;
}

const variables: [text: string, want: string][] = [
  ['$(context.taskRun.name)/$(context.taskRun.namespace)/$(context.taskRun.uid)', 'run/ns/uid-1'],
  ['$(context.task.name) $(context.task.retry-count)', 'task 1'],
  [
    '$(results.r.path) $(results["r"].path) $(results[\'r\'].path)',
    Array(3).fill('/tekton/results/r').join(' '),
  ],
  ['$(step.results.s.path)', '/tekton/steps/step-one/results/s'],
  ['$(steps.step-one.exitCode.path)', '/tekton/steps/step-one/exitCode'],
  ['$(workspaces.src.path) $(workspaces.src.bound)', '/workspace/src true'],
  ['[$(workspaces.opt.path)] $(workspaces.opt.bound)', '[] false'],
  ['$(workspaces.src.claim) $(workspaces.src.volume)', 'my-claim ws-d33ce'],
  ['$(credentials.path)', '/tekton/creds'],
  ['$(steps.zero.results.x)', '$(steps.zero.results.x)'],
];
for (const [text, want] of variables) {
  test(`the variable ${text}`, () => {
    const bindings: WorkspaceBinding[] = [
      { name: 'src', persistentVolumeClaim: { claimName: '$(params.claim)' } },
    ];
    const spec: TaskSpec = {
      params: [{ name: 'claim', default: 'my-claim' }],
      workspaces: [{ name: 'src' }, { name: 'opt', optional: true }],
      results: [{ name: 'r' }],
      steps: [{ name: 'one', image: 'i', results: [{ name: 's' }], args: [text] }],
    };
    assert.deepEqual(prepared(spec, { workspaces: bindings }).steps?.[0]?.args, [want]);
  });
}

test('variables are replaced in every field that accepts them, and in no other', () => {
  const { spec } = yaml<Task>`
apiVersion: tekton.dev/v1
kind: Task
spec:
  params: [{name: p, default: v}]
  description: $(params.p)
  steps:
    - name: $(params.p)
      image: $(params.p)
      imagePullPolicy: $(params.p)
      workingDir: /$(params.p)
      command: [$(params.p)]
      args: [$(params.p)]
      onError: continue
      env:
        - {name: A, value: $(params.p)}
        - {name: B, valueFrom: {secretKeyRef: {name: $(params.p), key: $(params.p)}}}
        - {name: C, valueFrom: {configMapKeyRef: {name: $(params.p), key: $(params.p)}}}
      envFrom: [{prefix: $(params.p), configMapRef: {name: $(params.p)}}, {secretRef: {name: $(params.p)}}]
      volumeMounts: [{name: $(params.p), mountPath: /$(params.p), subPath: $(params.p)}]
    - {image: i, script: echo $(params.p)}
  stepTemplate: {env: [{name: T, value: $(params.p)}]}
  sidecars: [{name: $(params.p), image: $(params.p), script: $(params.p)}]
  volumes:
    - {name: $(params.p), configMap: {name: $(params.p), items: [{key: $(params.p), path: $(params.p)}]}}
    - {name: s, secret: {secretName: $(params.p), items: [{key: $(params.p), path: $(params.p)}]}}
    - {name: c, persistentVolumeClaim: {claimName: $(params.p)}}
    - name: pr
      projected:
        sources: [{configMap: {name: $(params.p)}}, {secret: {name: $(params.p)}}, {serviceAccountToken: {path: t, audience: $(params.p)}}]
    - {name: csi, csi: {driver: d, nodePublishSecretRef: {name: $(params.p)}, volumeAttributes: {a: $(params.p)}}}
  workspaces: [{name: w, mountPath: /$(params.p)/w, optional: true}]
`;
  const { description, ...rest } = prepared(spec);
  assert.equal(description, '$(params.p)');
  assert.equal(JSON.stringify(rest).includes('$('), false);
});

test('a step that mounts a workspace elsewhere sees its own path', () => {
  const spec = prepared(
    {
      workspaces: [{ name: 'w', mountPath: '/w' }],
      steps: [
        {
          name: 'a',
          image: 'i',
          args: ['$(workspaces.w.path)'],
          workspaces: [{ name: 'w', mountPath: '/mine' }],
        },
        { name: 'b', image: 'i', args: ['$(workspaces.w.path)'] },
      ],
    },
    { workspaces: [{ name: 'w', emptyDir: {} }] },
  );
  assert.deepEqual(
    spec.steps?.map(({ args, volumeMounts = [] }) => [args, volumeMounts.map(({ mountPath }) => mountPath)]),
    [
      [['/mine'], ['/mine']],
      [['/w'], []],
    ],
  );
});
