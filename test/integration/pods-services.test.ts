import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PEAK_MEMORY_ANNOTATION } from '@slipway/pods';
import { type Machine, startMachine } from './pods/machine.ts';

let machine: Machine;
before(async () => {
  machine = await startMachine();
});
after(() => machine?.[Symbol.asyncDispose]());

const show = ['sh', '-c', 'cat /etc/registry.d/where.conf; ls /opt/engine'];

test('a file about the services is there for images that have the folder which it is for', async () => {
  await machine.pod('files', { containers: [{ name: 'c', command: show }] });
  await machine.over('files');
  assert.match(await machine.logs('files', 'c'), /^registry\.test\.svc\nls: \/opt\/engine: No such file/);
});

test('a volume of the container’s own at that place is left as it is', async () => {
  const volumeMounts = [{ name: 'own', mountPath: '/etc/registry.d' }];
  await machine.pod('covered', {
    volumes: [{ name: 'own', emptyDir: {} }],
    containers: [{ name: 'c', command: ['ls', '-A', '/etc/registry.d'], volumeMounts }],
  });
  await machine.over('covered');
  assert.equal(await machine.logs('covered', 'c'), '');
});

test('the pod says how much memory its containers held, files that they read not counted', async () => {
  const fill = ['head -c 40000000 /dev/zero > /memory/file', 'head -c 90000000 /dev/zero > /disk/file'];
  await machine.pod('large', {
    volumes: [
      { name: 'memory', emptyDir: { medium: 'Memory' } },
      { name: 'disk', emptyDir: {} },
    ],
    containers: [
      {
        name: 'c',
        command: ['sh', '-c', `${fill.join('; ')}; cat /disk/file > /dev/null; sleep 1`],
        volumeMounts: [
          { name: 'memory', mountPath: '/memory' },
          { name: 'disk', mountPath: '/disk' },
        ],
      },
    ],
  });
  const { metadata } = await machine.over('large');
  const peak = Number(metadata.annotations?.[PEAK_MEMORY_ANNOTATION]);
  assert.ok(peak > 38e6 && peak < 60e6, `${peak}`);
});
