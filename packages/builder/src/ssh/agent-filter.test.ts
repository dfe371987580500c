import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentFilter } from './agent-filter.ts';

function request(type: number, body = ''): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(1 + body.length);
  head[4] = type;
  return Buffer.concat([head, Buffer.from(body)]);
}

function through(bytes: Buffer, step: number): { passed: Buffer; refused: number } {
  let refused = 0;
  const filter = new AgentFilter(() => {
    refused += 1;
  });
  const passed: Buffer[] = [];
  filter.on('data', (chunk: Buffer) => passed.push(chunk));
  for (let at = 0; at < bytes.length; at += step) filter.write(bytes.subarray(at, at + step));
  filter.end();
  return { passed: Buffer.concat(passed), refused };
}

for (const step of [1, 3, 1000]) {
  test(`requests for keys and signatures pass, changes do not, ${step} bytes at a time`, async () => {
    const [list, sign, add, lock] = [request(11), request(13, 'data'), request(17, 'key'), request(22)];
    const { passed, refused } = through(Buffer.concat([list, add, sign, lock]), step);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(passed, Buffer.concat([list, sign]));
    assert.equal(refused, 2);
  });
}

test('what is no request ends the connection', async () => {
  const filter = new AgentFilter(() => {});
  const failed = new Promise((resolve) => filter.once('error', resolve));
  filter.write(Buffer.from('GET / HTTP/1.1\r\n'));
  assert.ok((await failed) instanceof Error);
});
