import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlipwayError } from '@slipway/core';
import { invalidField, requiredField, unsupportedField } from './field-error.ts';
import { resources } from './resources.ts';
import { isStatus, StatusError, toStatusError } from './status-error.ts';

const { pods, tasks } = resources;

const cases: [error: StatusError, code: number, kind: string, message: string][] = [
  [StatusError.notFound(pods, 'a'), 404, 'not-found', 'pods "a" not found'],
  [StatusError.notFound(tasks, 'a'), 404, 'not-found', 'tasks.tekton.dev "a" not found'],
  [StatusError.alreadyExists(pods, 'a'), 409, 'conflict', 'pods "a" already exists'],
  [
    StatusError.conflict(pods, 'a'),
    409,
    'conflict',
    'Operation cannot be fulfilled on pods "a": the object has been modified; please apply your changes to the latest version and try again',
  ],
  [
    StatusError.forbidden(tasks, '', 'User "u" cannot list resource "tasks"'),
    403,
    'denied',
    'tasks.tekton.dev is forbidden: User "u" cannot list resource "tasks"',
  ],
  [
    StatusError.invalid('Pod', 'a', [requiredField('spec.containers[0].image')]),
    422,
    'invalid',
    'Pod "a" is invalid: spec.containers[0].image: Required value',
  ],
  [
    StatusError.invalid('TaskRun.tekton.dev', 'a', [
      invalidField('spec.retries', -1, 'must be 0 or more'),
      unsupportedField('spec.status', 'x', ['b', 'a']),
    ]),
    422,
    'invalid',
    'TaskRun.tekton.dev "a" is invalid: [spec.retries: Invalid value: -1: must be 0 or more, spec.status: Unsupported value: "x": supported values: "a", "b"]',
  ],
  [StatusError.unauthorized(), 401, 'unauthenticated', 'Unauthorized'],
  [StatusError.expired(), 410, 'gone', 'The resourceVersion for the provided watch is too old.'],
  [
    StatusError.methodNotAllowed(pods, 'update'),
    405,
    'unsupported',
    'update is not supported on resources of kind "pods"',
  ],
  [StatusError.internal('x'), 500, 'internal', 'Internal error occurred: x'],
];

for (const [error, code, kind, message] of cases) {
  test(`${error.status.reason}: ${message.slice(0, 50)}`, () => {
    assert.equal(error.message, message);
    assert.equal(error.kind, kind);
    assert.equal(error.status.code, code);
    assert.equal(error.status.message, message);
    assert.equal(error.status.status, 'Failure');
  });
}

test('Invalid lists its causes, and one cause is the place of the error', () => {
  const error = StatusError.invalid('TaskRun.tekton.dev', 'a', [requiredField('spec.taskRef')]);
  assert.deepEqual(error.status.details, {
    name: 'a',
    group: 'tekton.dev',
    kind: 'TaskRun',
    causes: [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.taskRef' }],
  });
  assert.equal(error.place?.field, 'spec.taskRef');
  assert.equal(error.code, 'KUBE_INVALID');
});

test('conflicts of an apply are listed by manager', () => {
  const causes = [
    { message: 'conflict with "b" using v1', field: '.spec.x' },
    { message: 'conflict with "a" using v1', field: '.data.k' },
    { message: 'conflict with "b" using v1', field: '.spec.y' },
  ];
  assert.equal(
    StatusError.applyConflict(causes).message,
    'Apply failed with 3 conflicts: conflicts with "a" using v1:\n- .data.k\nconflicts with "b" using v1:\n- .spec.x\n- .spec.y',
  );
  assert.equal(
    StatusError.applyConflict(causes.slice(1, 2)).message,
    'Apply failed with 1 conflict: conflict with "a" using v1: .data.k',
  );
});

test('failures of other packages become the Status of their kind', () => {
  const denied = toStatusError(new SlipwayError('denied', 'NO', 'not for you'));
  assert.ok(isStatus(denied, 'Forbidden'));
  assert.equal(denied.message, 'not for you');
  assert.ok(isStatus(toStatusError(new TypeError('bug')), 'InternalError'));
  const own = StatusError.notFound(pods, 'a');
  assert.equal(toStatusError(own), own);
});
