import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerState, Pod, PodPhase } from '@slipway/kube';
import { HEALTHY, type PodFacts, podStatus } from './pod-status.ts';

const waiting: ContainerState = { waiting: { reason: 'ContainerCreating' } };
const running: ContainerState = { running: { startedAt: '2026-01-01T00:00:00Z' } };
const ended = (exitCode: number): ContainerState => ({ terminated: { exitCode } });

function facts(states: Record<string, ContainerState>, spec: Partial<Pod['spec']> = {}): PodFacts {
  const containers = Object.keys(states)
    .filter((name) => !name.startsWith('init'))
    .map((name) => ({ name, image: 'i' }));
  const initContainers = Object.keys(states)
    .filter((name) => name.startsWith('init'))
    .map((name) => ({ name, image: 'i' }));
  return {
    pod: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { restartPolicy: 'Never', containers, initContainers, ...spec },
    },
    states: new Map(Object.entries(states)),
    health: () => HEALTHY,
    progress: () => ({ restarts: 0 }),
    startTime: new Date(0),
    address: '10.0.0.1',
    now: new Date(0),
    previous: undefined,
  };
}

const phases: [name: string, facts: PodFacts, phase: PodPhase][] = [
  ['nothing started', facts({ a: waiting, b: waiting }), 'Pending'],
  ['one runs', facts({ a: running, b: waiting }), 'Running'],
  ['one ended, one runs', facts({ a: ended(1), b: running }), 'Running'],
  ['all ended well', facts({ a: ended(0), b: ended(0) }), 'Succeeded'],
  ['one ended badly', facts({ a: ended(0), b: ended(2) }), 'Failed'],
  ['an init container runs', facts({ init: running, a: waiting }), 'Pending'],
  ['an init container failed', facts({ init: ended(1), a: waiting }), 'Failed'],
  [
    'an init container failed and may again',
    facts({ init: ended(1), a: waiting }, { restartPolicy: 'OnFailure' }),
    'Pending',
  ],
  ['ended, but to be restarted', facts({ a: ended(0) }, { restartPolicy: 'Always' }), 'Running'],
  ['a verdict', { ...facts({ a: ended(0) }), verdict: { reason: 'Evicted', message: 'm' } }, 'Failed'],
];

for (const [name, each, phase] of phases) {
  test(`phase: ${name}`, () => assert.equal(podStatus(each).phase, phase));
}

test('conditions keep their time until they change', () => {
  const first = podStatus(facts({ a: waiting }));
  const later = { ...facts({ a: running }), now: new Date(5000), previous: first };
  const times = Object.fromEntries((podStatus(later).conditions ?? []).map((each) => [each.type, each]));
  assert.deepEqual([times.Ready?.status, times.Ready?.lastTransitionTime], ['True', '1970-01-01T00:00:05Z']);
  assert.equal(times.PodScheduled?.lastTransitionTime, '1970-01-01T00:00:00Z');
});
