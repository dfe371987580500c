import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatReference } from '@slipway/oci';
import { ownReference } from './place.ts';

const cases: [text: string, means: string][] = [
  ['team/app', 'team/app:latest'],
  ['team/app:1.0', 'team/app:1.0'],
  ['127.0.0.1:5000/team/app:1.0', 'team/app:1.0'],
  ['localhost:5000/team/app:1.0', 'team/app:1.0'],
  ['image-registry.openshift-image-registry.svc:5000/team/app:1.0', 'team/app:1.0'],
  ['docker-registry.default.svc.cluster.local:5000/team/app', 'team/app:latest'],
  ['docker.io/library/golang:1.22', 'docker.io/library/golang:1.22'],
  [`team/app@sha256:${'0'.repeat(64)}`, `team/app@sha256:${'0'.repeat(64)}`],
];

for (const [text, means] of cases) {
  test(`${text} is ${means} of the embedded registry`, () => {
    assert.equal(formatReference(ownReference(text, '127.0.0.1:5000')), `127.0.0.1:5000/${means}`);
  });
}
