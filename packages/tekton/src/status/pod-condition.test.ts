// The condition of a TaskRun for each state in which its Pod can be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodStatus } from '@slipway/kube';
import { defaultConfig } from '../config.ts';
import { statusFromPod } from './from-pod.ts';
import { container, ended, endedAt, message, now, podWith, run, spec } from './test-pod.ts';

const logs = (name: string): string => `for logs run: kubectl -n ns logs run-pod -c ${name}`;

type Case = [title: string, status: PodStatus, condition: [string, string, string]];
const cases: Case[] = [
  ['a new Pod', { phase: 'Pending' }, ['Unknown', 'Pending', 'Pending']],
  [
    'an unscheduled Pod',
    {
      phase: 'Pending',
      conditions: [
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'Insufficient cpu' },
      ],
    },
    ['Unknown', 'ExceededNodeResources', 'TaskRun Pod exceeded available resources'],
  ],
  [
    'an image that cannot be pulled yet',
    {
      phase: 'Pending',
      containerStatuses: [
        container('step-a', { waiting: { reason: 'ErrImagePull', message: 'no such image' } }),
      ],
    },
    ['Unknown', 'PullImageFailed', 'build step "step-a" is pending with reason "no such image"'],
  ],
  [
    'a running step',
    { phase: 'Running', containerStatuses: [container('step-a', { running: {} })] },
    ['Unknown', 'Running', 'Not all Steps in the Task have finished executing'],
  ],
  [
    'steps that are over while a sidecar runs',
    {
      phase: 'Running',
      containerStatuses: [
        container('step-a', ended(0, 'Completed')),
        container('sidecar-s', { running: {} }),
      ],
    },
    ['True', 'Succeeded', 'All Steps have completed executing'],
  ],
  [
    'a Pod that succeeded',
    { phase: 'Succeeded', containerStatuses: [container('step-a', ended(0, 'Completed'))] },
    ['True', 'Succeeded', 'All Steps have completed executing'],
  ],
  [
    'a failed step, and the one after it skipped',
    {
      phase: 'Failed',
      containerStatuses: [
        container('step-a', ended(3, 'Error', message([['StartedAt', '2026-01-02T03:04:00.000Z', 3]]))),
        container('step-b', ended(1, 'Error', message([['Reason', 'Skipped', 3]]))),
      ],
    },
    ['False', 'StepFailed', `"step-a" exited with code 3 (image: "busybox@sha256:1"); ${logs('step-a')}`],
  ],
  [
    'a failed step that said why',
    {
      phase: 'Failed',
      containerStatuses: [
        container('step-a', ended(3, 'Error', message([['LastWords', 'error: no such user', 3]]))),
      ],
    },
    [
      'False',
      'StepFailed',
      `"step-a" exited with code 3: error: no such user (image: "busybox@sha256:1"); ${logs('step-a')}`,
    ],
  ],
  [
    'a step without memory',
    { phase: 'Running', containerStatuses: [container('step-a', ended(137, 'OOMKilled'))] },
    [
      'False',
      'StepOOM',
      `"step-a" exited with code 137: OOMKilled (image: "busybox@sha256:1"); ${logs('step-a')}`,
    ],
  ],
  [
    'a step over its timeout',
    {
      phase: 'Failed',
      containerStatuses: [
        container('step-a', ended(1, 'Error', message([['Reason', 'TimeoutExceeded', 3]]))),
      ],
    },
    [
      'False',
      'StepFailed',
      `"step-a" exited because the step exceeded the specified timeout limit; ${logs('step-a')}`,
    ],
  ],
  [
    'a program that is not in the image',
    {
      phase: 'Failed',
      containerStatuses: [container('step-a', ended(127, 'ContainerCannotRun', 'exec: "nope": not found'))],
    },
    [
      'False',
      'StepFailed',
      `"step-a" exited with code 127: ContainerCannotRun: exec: "nope": not found (image: "busybox@sha256:1"); ${logs('step-a')}`,
    ],
  ],
  [
    'a failed sidecar beside a failed step',
    {
      phase: 'Failed',
      containerStatuses: [container('step-a', ended(1, 'Error')), container('sidecar-s', ended(2, 'Error'))],
    },
    [
      'False',
      'SidecarFailed',
      `"sidecar-s" exited with code 2 (image: "busybox@sha256:1"); ${logs('sidecar-s')}`,
    ],
  ],
  [
    'a sidecar that was stopped after the last step',
    {
      phase: 'Failed',
      containerStatuses: [
        container('step-a', endedAt('2026-01-01T00:00:05Z', 0)),
        container('sidecar-s', endedAt('2026-01-01T00:00:06Z', 143)),
      ],
    },
    ['True', 'Succeeded', 'All Steps have completed executing'],
  ],
  [
    'a sidecar that crashed before the last step ended',
    {
      phase: 'Failed',
      containerStatuses: [
        container('step-a', endedAt('2026-01-01T00:00:05Z', 0)),
        container('sidecar-s', endedAt('2026-01-01T00:00:01Z', 2)),
      ],
    },
    [
      'False',
      'SidecarFailed',
      `"sidecar-s" exited with code 2 (image: "busybox@sha256:1"); ${logs('sidecar-s')}`,
    ],
  ],
  [
    'a failed step and the sidecar that was stopped for it',
    {
      phase: 'Failed',
      containerStatuses: [
        container('step-a', endedAt('2026-01-01T00:00:05Z', 4)),
        container('sidecar-s', endedAt('2026-01-01T00:00:05Z', 143)),
      ],
    },
    ['False', 'StepFailed', `"step-a" exited with code 4 (image: "busybox@sha256:1"); ${logs('step-a')}`],
  ],
  [
    'an evicted Pod',
    { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
    ['False', 'PodEvicted', 'The node was low on resource: memory.'],
  ],
  [
    'a Pod over its deadline',
    { phase: 'Failed', reason: 'DeadlineExceeded', message: 'Pod was active too long' },
    ['False', 'Failed', 'Pod was active too long'],
  ],
  [
    'a result that is too large',
    {
      phase: 'Succeeded',
      containerStatuses: [container('step-a', ended(0, 'Completed', message([['s', 'x'.repeat(5000), 1]])))],
    },
    [
      'False',
      'TaskRunResultLargerThanAllowedLimit',
      '[User error] TaskRun "run" failed: the results of "step-a" exceed the size limit of 4096 bytes',
    ],
  ],
  [
    'a result of another type',
    {
      phase: 'Succeeded',
      containerStatuses: [container('step-a', ended(0, 'Completed', message([['list', 'not json', 1]])))],
    },
    [
      'False',
      'TaskRunValidationFailed',
      `[User error] Provided results don't match declared results; may be invalid JSON or missing result declaration:  "list": task result is expected to be "array" type but was initialized to a different type "string"`,
    ],
  ],
  [
    'an object result without a key',
    {
      phase: 'Succeeded',
      containerStatuses: [container('step-a', ended(0, 'Completed', message([['obj', '{"a":"1"}', 1]])))],
    },
    [
      'False',
      'TaskRunValidationFailed',
      "[User error] missing keys for these results which are required in TaskResult's properties map[obj:[b]]",
    ],
  ],
];

for (const [title, podStatus, condition] of cases) {
  test(`the condition for ${title}`, () => {
    const status = statusFromPod(run, podWith(podStatus), spec, defaultConfig, now);
    const [succeeded] = status.conditions ?? [];
    assert.deepEqual([succeeded?.status, succeeded?.reason, succeeded?.message], condition);
    assert.equal(status.completionTime !== undefined, condition[0] !== 'Unknown');
    assert.equal(status.podName, 'run-pod');
  });
}
