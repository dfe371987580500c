import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import { checkDockerSocket, dockerSocket } from './docker-socket.ts';

const places: [given: string | undefined, host: string | undefined, path: string | undefined][] = [
  [undefined, undefined, undefined],
  ['/run/a.sock', 'unix:///run/b.sock', '/run/a.sock'],
  ['unix:///run/a.sock', undefined, '/run/a.sock'],
  [undefined, 'unix:///run/b.sock', '/run/b.sock'],
  [undefined, 'tcp://other:2375', undefined],
];
for (const [given, host, path] of places) {
  test(`--docker-socket ${given} with DOCKER_HOST ${host} is ${path ?? 'the default'}`, () => {
    assert.equal(dockerSocket(given, host), path);
  });
}

test('a socket is taken; nothing, or a file, is refused with what to do', async () => {
  using folder = temporaryFolder();
  const socket = folder.join('d.sock');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  await checkDockerSocket(socket);
  server.close();
  const refused = { code: 'DOCKER_SOCKET', kind: 'unavailable', hint: /--docker-socket/ };
  await assert.rejects(checkDockerSocket(folder.join('none')), refused);
  writeFileSync(folder.join('file'), '');
  await assert.rejects(checkDockerSocket(folder.join('file')), { ...refused, message: /is not a socket$/ });
});
