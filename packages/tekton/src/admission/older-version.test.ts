import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KubeObject, parseManifests, resourceFor, StatusError } from '@slipway/kube';
import { tektonAdmission } from './admission.ts';

const read = (text: string): KubeObject => parseManifests(text, 'test.yaml')[0]!.object;

function admit(object: KubeObject, oldObject?: KubeObject): KubeObject {
  const type = resourceFor(object)!;
  const operation = oldObject === undefined ? 'CREATE' : 'UPDATE';
  tektonAdmission().admit({ operation, type, object, oldObject });
  return object;
}

/** What admission says of a manifest, without the words before it. */
function problems(text: string): string[] {
  try {
    admit(read(text));
    return [];
  } catch (error) {
    assert.ok(error instanceof StatusError);
    return error.message.replace(/^.*validation failed: /, '').split('\n');
  }
}

const object = (version: string, kind: string, spec: string): string =>
  `{apiVersion: tekton.dev/${version}, kind: ${kind}, metadata: {name: x}, spec: ${spec}}`;

const steps = 'steps: [{image: a}]';
const KINDS = 'a resource is one of git, storage, image, cluster, pullRequest, cloudEvent';

const REFUSED: readonly [title: string, manifest: string, ...problems: string[]][] = [
  [
    'an unknown parameter, as it was written',
    object('v1alpha1', 'Task', `{steps: [{image: a, args: ["-t \${inputs.params.nope}"]}]}`),
    'non-existent variable in "-t ${inputs.params.nope}": spec.steps[0].args[0]',
  ],
  [
    'an unknown parameter in today’s spelling',
    object('v1alpha1', 'Task', '{steps: [{image: "$(inputs.params.nope)"}]}'),
    'non-existent variable in "$(inputs.params.nope)": spec.steps[0].image',
  ],
  [
    'an unknown resource',
    object('v1alpha1', 'Task', `{steps: [{image: "\${outputs.resources.nope.url}"}]}`),
    'non-existent variable in "${outputs.resources.nope.url}": spec.steps[0].image',
  ],
  [
    'a type that there is not',
    object('v1alpha1', 'Task', `{inputs: {resources: [{name: r, type: svn}]}, ${steps}}`),
    'invalid value: svn: spec.inputs.resources[0].type',
    KINDS,
  ],
  [
    'a resource twice, whatever its case',
    object(
      'v1beta1',
      'Task',
      `{resources: {outputs: [{name: r, type: git}, {name: R, type: git}]}, ${steps}}`,
    ),
    'expected exactly one, got both: spec.resources.outputs[1].name',
  ],
  [
    'a parameter twice',
    object('v1alpha1', 'Task', `{inputs: {params: [{name: a}, {name: a}]}, ${steps}}`),
    'parameter appears more than once: spec.inputs.params[a]',
  ],
  [
    'both shapes at once',
    object('v1alpha1', 'Task', `{inputs: {params: [{name: a}]}, params: [{name: b}], ${steps}}`),
    'expected exactly one, got both: spec.inputs.params, spec.params',
  ],
  ['no steps', object('v1alpha1', 'Task', '{inputs: {}}'), 'missing field(s): spec.steps'],
  [
    'a run that binds a resource to nothing, and to two things',
    object(
      'v1alpha1',
      'TaskRun',
      '{taskRef: {name: t}, inputs: {resources: [{name: a}, {name: b, resourceRef: {name: r}, resourceSpec: {type: git, params: [{name: url, value: u}]}}]}}',
    ),
    'expected exactly one, got both: spec.inputs.resources[1].resourceRef, spec.inputs.resources[1].resourceSpec',
    'expected exactly one, got neither: spec.inputs.resources[0].resourceRef, spec.inputs.resources[0].resourceSpec',
  ],
  [
    'a resource in place that lacks what its type needs',
    object(
      'v1alpha1',
      'TaskRun',
      '{taskRef: {name: t}, outputs: {resources: [{name: a, resourceSpec: {type: git}}]}}',
    ),
    'missing field(s): spec.outputs.resources[0].resourceSpec.params.url',
  ],
  [
    'a parameter of a run twice',
    object(
      'v1alpha1',
      'TaskRun',
      '{taskRef: {name: t}, inputs: {params: [{name: a, value: x}, {name: a, value: y}]}}',
    ),
    'expected exactly one, got both: spec.inputs.params[a].name',
  ],
  [
    'two ServiceAccounts',
    object('v1alpha1', 'TaskRun', '{taskRef: {name: t}, serviceAccount: a, serviceAccountName: b}'),
    'expected exactly one, got both: spec.serviceAccount, spec.serviceAccountName',
  ],
  [
    'a Task in place with an unknown resource',
    object('v1alpha1', 'TaskRun', '{taskSpec: {steps: [{image: "$(inputs.resources.r.url)"}]}}'),
    'non-existent variable in "$(inputs.resources.r.url)": spec.taskSpec.steps[0].image',
  ],
  [
    'a bundle',
    object('v1beta1', 'TaskRun', '{taskRef: {name: t, bundle: "registry/tasks:1"}}'),
    'bundles are not supported: spec.taskRef.bundle',
    'apply what the bundle contains, and refer to it by its name',
  ],
  [
    'a negative timeout of a PipelineRun, by its old name',
    object('v1beta1', 'PipelineRun', '{pipelineRef: {name: p}, timeout: -1s}'),
    'invalid value: -1s should be >= 0: spec.timeout',
  ],
  [
    'a Pipeline whose task takes from nobody',
    object(
      'v1alpha1',
      'Pipeline',
      '{resources: [{name: r, type: git}], tasks: [{name: t, taskRef: {name: t}, resources: {inputs: [{name: i, resource: r, from: [u, v]}]}}, {name: u, taskRef: {name: u}}]}',
    ),
    "invalid value: expected resource r to be from task v, but task v doesn't exist: spec.tasks[0].resources.inputs[0].from",
    'invalid value: the resource r from u must be an output but is an input: spec.tasks[0].resources.inputs[0].from',
  ],
  [
    'a Pipeline whose task wants what is not declared, and leaves what is',
    object(
      'v1alpha1',
      'Pipeline',
      '{resources: [{name: r, type: git}], tasks: [{name: t, taskRef: {name: t}, resources: {inputs: [{name: i, resource: other}]}}]}',
    ),
    'invalid value: other: spec.tasks[0].resources.inputs[0].resource',
    'the Pipeline declares no such resource',
    'invalid value: r: spec.resources[0].name',
    'no task of the Pipeline uses this resource',
  ],
  [
    'a Condition without a check',
    object('v1alpha1', 'Condition', '{params: [{name: p}]}'),
    'missing field(s): spec.check.image',
  ],
  [
    'a Condition of which the check names what there is not, as it was written',
    object(
      'v1alpha1',
      'Condition',
      `{resources: [{name: r, type: svn}], check: {image: a, args: ["\${params.nope}", "$(inputs.params.no)", "$(inputs.resources.x.url)"]}}`,
    ),
    'invalid value: svn: spec.resources[0].type',
    KINDS,
    'non-existent variable in "$(inputs.params.no)": spec.check.args[1]',
    'non-existent variable in "$(inputs.resources.x.url)": spec.check.args[2]',
  ],
  [
    'a Condition with a script and a command',
    object('v1alpha1', 'Condition', '{check: {image: a, script: "true", command: ["true"]}}'),
    'script cannot be used with command: spec.check.script',
  ],
  [
    'a task with Conditions that want what the Pipeline has not',
    object(
      'v1alpha1',
      'Pipeline',
      '{tasks: [{name: t, taskRef: {name: t}, conditions: [{conditionRef: c, params: [{name: p, value: "$(params.nope)"}], resources: [{name: r, resource: missing, from: [other]}]}]}]}',
    ),
    `invalid value: expected resource missing to be from task other, but task other doesn't exist: spec.tasks[0].conditions[0].resources[0].from`,
    'invalid value: missing: spec.tasks[0].conditions[0].resources[0].resource',
    'the Pipeline declares no such resource',
    'non-existent variable in "$(params.nope)": spec.tasks[0].conditions[0].params[p].value',
  ],
  [
    'Conditions beside when, and in finally',
    object(
      'v1beta1',
      'Pipeline',
      '{tasks: [{name: t, taskRef: {name: t}, conditions: [{conditionRef: c}], when: [{input: a, operator: in, values: [a]}]}], finally: [{name: f, taskRef: {name: t}, conditions: [{conditionRef: c}]}]}',
    ),
    'expected exactly one, got both: spec.tasks[0].conditions, spec.tasks[0].when',
    'invalid value: no conditions allowed under spec.finally, final task f has conditions specified: spec.finally[0].conditions',
  ],
  [
    'a resource without a type',
    object('v1alpha1', 'PipelineResource', '{params: []}'),
    'missing field(s): spec.type',
  ],
  [
    'a resource of another type',
    object('v1alpha1', 'PipelineResource', '{type: svn}'),
    'invalid value: svn: spec.type',
    KINDS,
  ],
  [
    'git without a URL',
    object('v1alpha1', 'PipelineResource', '{type: git}'),
    'missing field(s): spec.params.url',
  ],
  [
    'storage that is none',
    object('v1alpha1', 'PipelineResource', '{type: storage, params: [{name: Type, value: s3}]}'),
    'invalid value: s3: spec.params.type',
    'a storage is one of gcs, build-gcs',
    'missing field(s): spec.params.location',
  ],
  [
    'a cluster that nobody may enter',
    object('v1alpha1', 'PipelineResource', '{type: cluster, params: [{name: URL, value: "10.0.0.1"}]}'),
    'invalid value: 10.0.0.1: spec.params.url',
    'an absolute URL is wanted',
    'missing field(s): spec.params.cadata, spec.params.username or cadata or token or clientKeyData and clientCertificateData',
  ],
  [
    'a pull request with another secret',
    object(
      'v1alpha1',
      'PipelineResource',
      '{type: pullRequest, params: [{name: url, value: u}], secrets: [{fieldName: password, secretName: s, secretKey: k}]}',
    ),
    'invalid value: invalid field name "password" in secret parameter. Expected "authToken": spec.secrets[0].fieldName',
  ],
  [
    'a cloud event for nobody',
    object('v1alpha1', 'PipelineResource', '{type: cloudEvent}'),
    'missing field(s): spec.params.targetURI',
  ],
];

for (const [title, manifest, ...expected] of REFUSED) {
  test(`${title} is refused`, () => assert.deepEqual(problems(manifest), expected));
}

const TAKEN: readonly [title: string, manifest: string][] = [
  [
    'a Task of each shape',
    object(
      'v1alpha1',
      'Task',
      `{params: [{name: a}], outputs: {resources: [{name: o, type: image}]}, ${steps}}`,
    ),
  ],
  [
    'a step that names an output among the inputs',
    object(
      'v1alpha1',
      'Task',
      '{outputs: {resources: [{name: o, type: image}]}, steps: [{image: "$(inputs.resources.o.url)"}]}',
    ),
  ],
  [
    'what is the shell’s',
    object('v1alpha1', 'Task', `{steps: [{image: a, args: ["\${HOME} $(cat x) \${params.x}"]}]}`),
  ],
  [
    'one ServiceAccount by both names',
    object('v1alpha1', 'TaskRun', '{taskRef: {name: t}, serviceAccount: a, serviceAccountName: a}'),
  ],
  [
    'a cluster with secrets',
    object(
      'v1alpha1',
      'PipelineResource',
      '{type: cluster, params: [{name: url, value: "https://10.0.0.1"}, {name: name, value: c}], secrets: [{fieldName: cadata, secretName: s, secretKey: k}]}',
    ),
  ],
  [
    'a Condition in either spelling',
    object(
      'v1alpha1',
      'Condition',
      '{params: [{name: p, default: d}], resources: [{name: r, type: git}], check: {image: a, name: x, ports: [], command: ["$(params.p)", "${params.p}", "$(resources.r.path)", "${resources.r.url}", "$(inputs.params.p)", "${HOME}"]}}',
    ),
  ],
  ['an image without anything', object('v1alpha1', 'PipelineResource', '{type: image}')],
];

for (const [title, manifest] of TAKEN) {
  test(`${title} is taken`, () => assert.deepEqual(problems(manifest), []));
}

test('the spec stays as it was written; the metadata is what a v1 run gets', () => {
  const run = read(
    object('v1alpha1', 'TaskRun', '{taskRef: {name: build}, serviceAccount: a, inputs: {params: []}}'),
  );
  const spec = structuredClone(run.spec);
  const { metadata, spec: after } = admit(run);
  assert.deepEqual(after, spec);
  assert.equal(metadata.labels?.['tekton.dev/task'], 'build');
  assert.equal(metadata.annotations?.['pipeline.tekton.dev/release'], 'slipway');
});

test('a run that has begun stays what it is, in any version', () => {
  const old = admit(read(object('v1alpha1', 'TaskRun', '{taskRef: {name: build}}')));
  const changed = { ...structuredClone(old), spec: { taskRef: { name: 'other' } } };
  assert.throws(
    () => admit(changed, old),
    /Once the TaskRun has started, only status and statusMessage updates/,
  );
  const cancelled = {
    ...structuredClone(old),
    spec: { taskRef: { name: 'build' }, status: 'TaskRunCancelled' },
  };
  admit(cancelled, old);
});
