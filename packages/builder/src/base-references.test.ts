import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import { baseReferences } from './base-references.ts';

const DOCKERFILE = `ARG TAG=1
FROM golang:$TAG AS build
RUN --mount=from=tools:2,target=/tools go build
FROM build AS test
FROM scratch
COPY --from=build /app /
COPY --from=busybox /bin/busybox /
FROM alpine
FROM alpine
`;

test('the images that a Dockerfile names, each once, of all stages', async () => {
  using folder = temporaryFolder();
  const file = folder.join('Dockerfile');
  writeFileSync(file, DOCKERFILE);
  assert.deepEqual(await baseReferences(file), ['golang:1', 'tools:2', 'busybox', 'alpine']);
  assert.deepEqual((await baseReferences(file, { TAG: '9' }))[0], 'golang:9');
});

test('a Dockerfile that is wrong is said where', async () => {
  using folder = temporaryFolder();
  const file = folder.join('Dockerfile');
  writeFileSync(file, 'FROMM x\n');
  await assert.rejects(baseReferences(file), { kind: 'invalid' });
});
