import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Task } from '@slipway/kube';
import { yaml } from '@slipway/testkit';
import { tektonAdmission } from '../admission/admission.ts';

const denied =
  'admission webhook "validation.webhook.pipeline.tekton.dev" denied the request: validation failed: ';

/** The message with which a Task is refused, without the webhook's opening; undefined when it is taken. */
function refusal(task: Task): string | undefined {
  try {
    tektonAdmission().admit({
      operation: 'CREATE',
      type: { group: 'tekton.dev', plural: 'tasks' },
      object: task,
    });
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Error && error.message.startsWith(denied), String(error));
    return error.message.slice(denied.length);
  }
}

const taskWith = (spec: string): Task =>
  yaml<Task>`
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: t}
spec:
${spec.replace(/^/gm, '  ')}
`;

const STEP_RULE =
  'Task step name must be a valid DNS Label, For more info refer to https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#names';
const RESULT_RULE =
  "Name must consist of alphanumeric characters, '-', '_', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my-name',  or 'my_name', regex used for validation is '^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$')";

const cases: [title: string, spec: string, message: string | undefined][] = [
  ['no steps', 'steps: []', 'missing field(s): spec.steps'],
  ['a step without image', 'steps: [{name: a}]', 'missing field(s): spec.steps[0].image'],
  ['an image from the template', 'stepTemplate: {image: i}\nsteps: [{name: a}]', undefined],
  [
    'two steps of one name',
    'steps: [{name: a, image: i}, {name: a, image: i}]',
    'expected exactly one, got both: spec.steps[1].name',
  ],
  [
    'an invalid step name',
    'steps: [{name: Build_It, image: i}]',
    `invalid value "Build_It": spec.steps[0].name\n${STEP_RULE}`,
  ],
  [
    'script with command',
    'steps: [{image: i, script: "true", command: [sh]}]',
    'script cannot be used with command: spec.steps[0].script',
  ],
  [
    'an undeclared param',
    'steps: [{image: i, script: "echo $(params.who)"}]',
    'non-existent variable in "echo $(params.who)": spec.steps[0].script',
  ],
  [
    'an undeclared param in brackets, in env',
    'steps: [{image: i, env: [{name: X, value: "$(params[\'a.b\'])"}]}]',
    'non-existent variable in "$(params[\'a.b\'])": spec.steps[0].env[X]',
  ],
  [
    'a param with too many parts',
    'params: [{name: a}]\nsteps: [{image: i, args: ["$(params.a.b.c)"]}]',
    'Invalid referencing of parameters in "$(params.a.b.c)"! Only two dot-separated components after the prefix "params" are allowed.: spec.steps[0].args[0]',
  ],
  [
    'an array in a script',
    'params: [{name: a, type: array}]\nsteps: [{image: i, script: "echo $(params.a[*])"}]',
    'variable type invalid in "echo $(params.a[*])": spec.steps[0].script',
  ],
  [
    'an array not alone in an argument',
    'params: [{name: a, type: array}]\nsteps: [{image: i, args: ["x$(params.a[*])"]}]',
    'variable is not properly isolated in "x$(params.a[*])": spec.steps[0].args[0]',
  ],
  [
    'arrays by index and alone',
    'params: [{name: a, type: array}]\nsteps: [{image: i, script: "echo $(params.a[0])", args: ["$(params.a[*])"]}]',
    undefined,
  ],
  [
    'an unknown key of an object',
    'params: [{name: o, type: object, properties: {k: {type: string}}}]\nsteps: [{image: i, script: "$(params.o.z)"}]',
    'non-existent variable in "$(params.o.z)": spec.steps[0].script',
  ],
  [
    'a whole object',
    'params: [{name: o, type: object, properties: {k: {}}}]\nsteps: [{image: i, script: "$(params.o)"}]',
    'variable type invalid in "$(params.o)": spec.steps[0].script',
  ],
  [
    'an object without properties',
    'params: [{name: o, type: object}]\nsteps: [{image: i}]',
    'missing field(s): spec.o.properties',
  ],
  [
    'a param twice',
    'params: [{name: a}, {name: a}]\nsteps: [{image: i}]',
    'parameter appears more than once: spec.params[a]',
  ],
  [
    'a param of a wrong type',
    'params: [{name: a, type: number}]\nsteps: [{image: i}]',
    'invalid value: number: spec.params.a.type',
  ],
  [
    'a default of another type',
    'params: [{name: a, type: string, default: [x]}]\nsteps: [{image: i}]',
    '"string" type does not match default value\'s type: "array": spec.params.a.default.type, spec.params.a.type',
  ],
  [
    'an invalid param name',
    'params: [{name: 0ah}]\nsteps: [{image: i}]',
    'The format of following array and string variable names is invalid: [0ah]: spec.params\nString/Array Names: \nMust only contain alphanumeric characters, hyphens (-), underscores (_), and dots (.)\nMust begin with a letter or an underscore (_)',
  ],
  [
    'an undeclared workspace of a step',
    'steps: [{image: i, workspaces: [{name: w}]}]',
    'undefined workspace "w": spec.steps[0].workspaces[0].name',
  ],
  [
    'a workspace twice, at one path',
    'workspaces: [{name: w}, {name: w}]\nsteps: [{image: i}]',
    'workspace mount path "/workspace/w" must be unique: spec.workspaces[1].mountPath\nworkspace name "w" must be unique: spec.workspaces[1].name',
  ],
  [
    'a workspace where a volume is mounted',
    'workspaces: [{name: w, mountPath: /data}]\nsteps: [{image: i, volumeMounts: [{name: v, mountPath: /data/}]}]',
    'workspace mount path "/data" must be unique: spec.workspaces[0].mountPath',
  ],
  [
    'a volume twice',
    'volumes: [{name: v, emptyDir: {}}, {name: v, emptyDir: {}}]\nsteps: [{image: i}]',
    'multiple volumes with same name "v": spec.volumes[1].name',
  ],
  [
    'a mount under /tekton',
    'steps: [{image: i, volumeMounts: [{name: v, mountPath: /tekton/results}]}]',
    'volumeMount cannot be mounted under /tekton/ (volumeMount "v" mounted at "/tekton/results"): spec.steps[0].volumeMounts[0].mountPath',
  ],
  [
    'a mount with a reserved name',
    'steps: [{image: i, volumeMounts: [{name: tekton-internal-x, mountPath: /x}]}]',
    'volumeMount name "tekton-internal-x" cannot start with "tekton-internal-": spec.steps[0].volumeMounts[0].name',
  ],
  [
    'an unknown onError',
    'steps: [{image: i, onError: ignore}]',
    'invalid value: "ignore": spec.steps[0].onError\nTask step onError must be either "continue" or "stopAndFail"',
  ],
  [
    'an invalid result name',
    'results: [{name: MY^RESULT}]\nsteps: [{image: i}]',
    `invalid key name "MY^RESULT": spec.results[0].name\n${RESULT_RULE}`,
  ],
  [
    'a result of a wrong type',
    'results: [{name: r, type: wrong}]\nsteps: [{image: i}]',
    'invalid value: wrong: spec.results[0].type\ntype must be string',
  ],
  [
    'an undeclared result',
    'steps: [{image: i, script: "date > $(results.now.path)"}]',
    'non-existent variable in "date > $(results.now.path)": spec.steps[0].script',
  ],
  [
    'a step result in a script',
    'steps: [{name: a, image: i, results: [{name: r}]}, {image: i, script: "echo $(steps.a.results.r)"}]',
    'stepResult substitutions are only allowed in env, command and args. Found usage in: spec.steps[1].script',
  ],
  [
    'an unknown context variable',
    'steps: [{image: i, script: "$(context.taskRun.color)"}]',
    'non-existent variable in "$(context.taskRun.color)": spec.steps[0].script',
  ],
  [
    'a ref with an image',
    'steps: [{image: i, ref: {name: x}}]',
    'image cannot be used with Ref: spec.steps[0].image',
  ],
  [
    'a sidecar without image',
    'steps: [{image: i}]\nsidecars: [{name: s}]',
    'missing field(s): spec.sidecars[0].image',
  ],
  [
    'a negative timeout',
    'steps: [{image: i, timeout: -5s}]',
    'invalid value: -5s: spec.steps[0].timeout\na timeout is not negative',
  ],
  [
    'two problems, merged and sorted',
    'steps: [{name: a}, {name: b}, {image: i, onError: x}]',
    'invalid value: "x": spec.steps[2].onError\nTask step onError must be either "continue" or "stopAndFail"\nmissing field(s): spec.steps[0].image, spec.steps[1].image',
  ],
];

for (const [title, spec, message] of cases) {
  test(`Task with ${title}`, () => {
    assert.equal(refusal(taskWith(spec)), message);
  });
}

test('a Task whose name is too long for a label', () => {
  const task = taskWith('steps: [{image: i}]');
  task.metadata.name = 'a'.repeat(64);
  assert.equal(
    refusal(task),
    'Invalid resource name: length must be no more than 63 characters: metadata.name',
  );
});

test('types that a Task leaves out are written into it', () => {
  const task = taskWith(`
params: [{name: s}, {name: a, default: [x]}, {name: o, properties: {k: {}}}]
results: [{name: r}, {name: ro, properties: {k: {}}}]
steps: [{image: i}]`);
  assert.equal(refusal(task), undefined);
  assert.deepEqual(
    task.spec.params?.map(({ type }) => type),
    ['string', 'array', 'object'],
  );
  assert.deepEqual(task.spec.params?.[2]?.properties, { k: { type: 'string' } });
  assert.deepEqual(
    task.spec.results?.map(({ type }) => type),
    ['string', 'object'],
  );
});
