import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfig } from '../config.ts';
import { hopelessWait } from './failure.ts';
import { statusFromPod } from './from-pod.ts';
import { container, ended, message, now, podWith, run, spec } from './test-pod.ts';

test('results have the types that the Task declares, steps the messages without what is internal', () => {
  const entries = message([
    ['StartedAt', '2026-01-02T03:04:00.123Z', 3],
    ['s', '["as text"]', 1],
    ['s', '["last"]', 1],
    ['list', '["x","y"]', 1],
    ['obj', '{"a":"1","b":"2"}', 1],
    ['r', 'of the step', 4],
  ]);
  const pod = podWith({
    phase: 'Succeeded',
    containerStatuses: [container('step-a', ended(0, 'Completed', entries))],
  });
  const status = statusFromPod(run, pod, spec, defaultConfig, now);
  assert.deepEqual(status.results, [
    { name: 's', type: 'string', value: '["last"]' },
    { name: 'list', type: 'array', value: ['x', 'y'] },
    { name: 'obj', type: 'object', value: { a: '1', b: '2' } },
    { name: 'from-step', type: 'string', value: 'of the step' },
  ]);
  const [step] = status.steps ?? [];
  assert.equal(step?.terminated?.startedAt, '2026-01-02T03:04:00Z');
  assert.equal(step?.terminated?.message?.includes('StartedAt'), false);
  assert.deepEqual(step?.results, [{ name: 'r', type: 'string', value: 'of the step' }]);
  assert.deepEqual([step?.name, step?.container, step?.terminationReason], ['a', 'step-a', 'Completed']);
});

test('a step that failed and may shows its own exit code', () => {
  const entries = message([['ExitCode', '7', 3]]);
  const pod = podWith({
    phase: 'Succeeded',
    containerStatuses: [container('step-a', ended(0, 'Completed', entries))],
  });
  const [step] = statusFromPod(run, pod, spec, defaultConfig, now).steps ?? [];
  assert.equal(step?.terminated?.exitCode, 7);
  assert.equal(step?.terminationReason, 'Continued');
});

test('steps are in the order of the Pod, and those that wait are shown', () => {
  const pod = podWith(
    {
      phase: 'Running',
      containerStatuses: [
        container('step-b', { waiting: { reason: 'PodInitializing' } }),
        container('step-a', { running: { startedAt: '2026-01-02T03:04:00Z' } }),
      ],
    },
    ['step-a', 'step-b'],
  );
  const status = statusFromPod(run, pod, spec, defaultConfig, now);
  assert.deepEqual(
    status.steps?.map(({ name, running, waiting }) => [name, running?.startedAt, waiting?.reason]),
    [
      ['a', '2026-01-02T03:04:00Z', undefined],
      ['b', undefined, 'PodInitializing'],
    ],
  );
});

test('the reason of a failed step may be the one of older Tektons', () => {
  const pod = podWith({ phase: 'Failed', containerStatuses: [container('step-a', ended(1, 'Error'))] });
  const status = statusFromPod(run, pod, spec, { ...defaultConfig, stepFailedReason: 'Failed' }, now);
  assert.equal(status.conditions?.[0]?.reason, 'Failed');
});

const waits: [reason: string, timeoutMs: number, want: string | undefined][] = [
  ['ErrImagePull', 0, undefined],
  ['ImagePullBackOff', 0, 'TaskRunImagePullFailed'],
  ['ImagePullBackOff', 120_000, undefined],
  ['ImagePullBackOff', 10_000, 'TaskRunImagePullFailed'],
  ['InvalidImageName', 120_000, 'TaskRunImagePullFailed'],
  ['CreateContainerConfigError', 0, 'CreateContainerConfigError'],
  ['CreateContainerError', 0, 'PodCreationFailed'],
  ['ContainerCreating', 0, undefined],
];
for (const [reason, imagePullBackOffTimeoutMs, want] of waits) {
  test(`a step that waits for ${reason} with a patience of ${imagePullBackOffTimeoutMs} ms`, () => {
    const pod = podWith({
      phase: 'Pending',
      startTime: '2026-01-02T03:03:05Z',
      containerStatuses: [container('step-a', { waiting: { reason, message: 'why' } })],
    });
    const found = hopelessWait(pod, 'run', { ...defaultConfig, imagePullBackOffTimeoutMs }, now);
    assert.equal(found?.reason, want);
    if (want) assert.match(found?.message ?? '', /the step "a" in TaskRun "run" failed to .* "why\."$/);
  });
}
