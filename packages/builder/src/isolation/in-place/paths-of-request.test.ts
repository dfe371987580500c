import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BuildRequest, storePaths } from '../../build-options.ts';
import { pathsOfRequest } from './paths-of-request.ts';

const request: BuildRequest = { context: '/workspace/source', store: storePaths('/cache/slipway') };

test('the context, the store and what is written in the end are needed', () => {
  const paths = pathsOfRequest(
    {
      ...request,
      dockerfile: { path: '../docker/Dockerfile' },
      namedContexts: { files: '/lib/files', image: 'docker-image://alpine' },
      ssh: { default: ['/run/agent'] },
      outputs: [
        { type: 'oci', dest: '/out/image.tar' },
        { type: 'docker', dest: '/image.tar' },
        { type: 'tar', dest: '-' },
      ],
      ignorePaths: ['/kept'],
      keptPaths: ['/tools'],
    },
    { HOME: '/root', DOCKER_CONFIG: '/auth', KANIKO_DIR: '' },
    '/home/builder',
  );
  const wanted = [
    ...['/workspace/source', '/workspace/docker/Dockerfile', '/lib/files', '/run/agent'],
    ...[
      '/cache/slipway/content',
      '/cache/slipway/layers',
      '/cache/slipway/build-cache',
      '/cache/slipway/build',
    ],
    ...['/out', '/image.tar', '/kept', '/tools', '/root/.docker', '/auth', '/home/builder'],
  ];
  assert.deepEqual(paths.toSorted(), wanted.toSorted());
});

test('the working folder is kept as a whole only where nothing else that is needed is in it', () => {
  assert.ok(!pathsOfRequest(request, {}, '/workspace').includes('/workspace'));
  assert.ok(!pathsOfRequest(request, {}, '/').includes('/'));
  assert.ok(pathsOfRequest(request, {}, '/work').includes('/work'));
});

for (const more of [{ context: '/' }, { context: '/a/..' }, { namedContexts: { all: '/' } }]) {
  test(`the root folder itself cannot be kept: ${JSON.stringify(more)}`, () => {
    assert.throws(() => pathsOfRequest({ ...request, ...more }, {}), { code: 'IN_PLACE_PATH' });
  });
}
