import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskRun } from '@slipway/kube';
import { yaml } from '@slipway/testkit';
import { tektonAdmission } from '../admission/admission.ts';

const type = { group: 'tekton.dev', plural: 'taskruns' };

function refusal(object: TaskRun, oldObject?: TaskRun): string | undefined {
  try {
    tektonAdmission().admit({ operation: oldObject ? 'UPDATE' : 'CREATE', type, object, oldObject });
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Error);
    return error.message.replace(/^admission webhook .* validation failed: /, '');
  }
}

const runWith = (spec: string): TaskRun =>
  yaml<TaskRun>`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: r}
spec:
${spec.replace(/^/gm, '  ')}
`;

const SOURCES = 'configmap, emptydir, persistentvolumeclaim, secret, volumeclaimtemplate';
const at = (path: string): string =>
  SOURCES.split(', ')
    .map((source) => `${path}.${source}`)
    .join(', ');

const cases: [title: string, spec: string, message: string | undefined][] = [
  ['neither Task', 'params: []', 'expected exactly one, got neither: spec.taskRef, spec.taskSpec'],
  [
    'both Tasks',
    'taskRef: {name: t}\ntaskSpec: {steps: [{image: i}]}',
    'expected exactly one, got both: spec.taskRef, spec.taskSpec',
  ],
  ['a taskRef without name', 'taskRef: {kind: Task}', 'missing field(s): spec.taskRef.name'],
  ['an empty inline Task', 'taskSpec: {}', 'missing field(s): spec.taskSpec.steps'],
  [
    'a param twice, in another case',
    'taskRef: {name: t}\nparams: [{name: a, value: x}, {name: A, value: y}]',
    'expected exactly one, got both: spec.params[A].name',
  ],
  [
    'a param that only the run gives',
    'taskSpec: {steps: [{image: i, script: "$(params.a)"}]}\nparams: [{name: a, value: x}]',
    undefined,
  ],
  [
    'a param that nobody gives',
    'taskSpec: {steps: [{image: i, script: "$(params.a)"}]}',
    'non-existent variable in "$(params.a)": spec.taskSpec.steps[0].script',
  ],
  [
    'a workspace without source',
    'taskRef: {name: t}\nworkspaces: [{name: w}]',
    `expected exactly one, got neither: ${at('spec.workspaces[0]')}`,
  ],
  [
    'a workspace with two sources',
    'taskRef: {name: t}\nworkspaces: [{name: w, emptyDir: {}, secret: {secretName: s}}]',
    `expected exactly one, got both: ${at('spec.workspaces[0]')}`,
  ],
  [
    'a claim without name',
    'taskRef: {name: t}\nworkspaces: [{name: w, persistentVolumeClaim: {}}]',
    'missing field(s): spec.workspaces[0].persistentVolumeClaim.claimName',
  ],
  [
    'a workspace twice',
    'taskRef: {name: t}\nworkspaces: [{name: w, emptyDir: {}}, {name: w, emptyDir: {}}]',
    'expected exactly one, got both: spec.workspaces[1].name',
  ],
  [
    'an unknown status',
    'taskRef: {name: t}\nstatus: Stop',
    'invalid value: Stop should be TaskRunCancelled or TaskRunPending: spec.status',
  ],
  [
    'a statusMessage alone',
    'taskRef: {name: t}\nstatusMessage: why',
    'invalid value: statusMessage should not be set if status is not set, but it is currently set to why: spec.statusMessage',
  ],
  ['negative retries', 'taskRef: {name: t}\nretries: -1', 'invalid value: -1 should be >= 0: spec.retries'],
  [
    'a negative timeout',
    'taskRef: {name: t}\ntimeout: -5m',
    'invalid value: -5m0s should be >= 0: spec.timeout',
  ],
  [
    'a timeout that is no duration',
    'taskRef: {name: t}\ntimeout: ten minutes',
    'invalid value: ten minutes: spec.timeout\nwrite a duration like 90s, 5m or 1h30m',
  ],
];

for (const [title, spec, message] of cases) {
  test(`TaskRun with ${title}`, () => {
    assert.equal(refusal(runWith(spec)), message);
  });
}

test('what a TaskRun leaves out is written into it', () => {
  const run = runWith('taskRef: {name: t}\ntimeout: 90s');
  run.metadata.annotations = { 'chains.tekton.dev/signed': 'true', mine: 'y' };
  assert.equal(refusal(run), undefined);
  assert.deepEqual(run.spec, {
    taskRef: { name: 't', kind: 'Task' },
    timeout: '1m30s',
    serviceAccountName: 'default',
  });
  assert.deepEqual(run.metadata.labels, {
    'app.kubernetes.io/managed-by': 'tekton-pipelines',
    'tekton.dev/task': 't',
  });
  assert.deepEqual(run.metadata.annotations, { mine: 'y', 'pipeline.tekton.dev/release': 'slipway' });
});

test('a started run may be cancelled, and not changed', () => {
  const old = runWith('taskRef: {name: t}');
  assert.equal(refusal(old), undefined);
  const cancelled = structuredClone(old);
  cancelled.spec.status = 'TaskRunCancelled';
  cancelled.spec.statusMessage = 'enough';
  assert.equal(refusal(cancelled, old), undefined);
  const changed = structuredClone(old);
  changed.spec.serviceAccountName = 'other';
  assert.equal(
    refusal(changed, old),
    'invalid value: Once the TaskRun has started, only status and statusMessage updates are allowed: spec',
  );
});

test('a finished run does not change', () => {
  const old = runWith('taskRef: {name: t}');
  assert.equal(refusal(old), undefined);
  old.status = { conditions: [{ type: 'Succeeded', status: 'True', reason: 'Succeeded', message: '' }] };
  const changed = structuredClone(old);
  changed.spec.status = 'TaskRunCancelled';
  assert.equal(
    refusal(changed, old),
    'invalid value: Once the TaskRun is complete, no updates are allowed: spec',
  );
});
