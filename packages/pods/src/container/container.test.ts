import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, Pod } from '@slipway/kube';
import type { ImageConfig } from '@slipway/oci';
import { hostsFile, podHostname, resolverFile } from '../sandbox/etc-files.ts';
import { filesOfKeys } from '../volumes/volume-files.ts';
import { type CommandOfStep, containerCommand } from './command.ts';
import { containerResources } from './resources.ts';

const image: ImageConfig = {
  architecture: 'amd64',
  os: 'linux',
  config: { Entrypoint: ['entry'], Cmd: ['cmd'] },
  rootfs: { type: 'layers', diff_ids: [] },
};
const none: ImageConfig = { ...image, config: {} };
const cmdOnly: ImageConfig = { ...image, config: { Cmd: ['sh'] } };

const commands: [
  name: string,
  container: Partial<Container>,
  image: ImageConfig,
  step: CommandOfStep,
  args: string[],
][] = [
  ['of the image', {}, image, {}, ['entry', 'cmd']],
  ['args replace the image’s', { args: ['a'] }, image, {}, ['entry', 'a']],
  ['command replaces both', { command: ['c'] }, image, {}, ['c']],
  ['command and args', { command: ['c'], args: ['$(V)'] }, image, {}, ['c', 'value']],
  ['args alone, of an image without', { args: ['a'] }, none, {}, ['a']],
  ['a script', { args: ['a'] }, image, { isStep: true, script: '/s' }, ['/s', 'a']],
  ['args alone, of an image with Cmd alone', { args: ['-c'] }, cmdOnly, {}, ['-c']],
  [
    'args of a step follow the Cmd of such an image',
    { args: ['-c'] },
    cmdOnly,
    { isStep: true },
    ['sh', '-c'],
  ],
  [
    'args of a step replace the Cmd after an entrypoint',
    { args: ['a'] },
    image,
    { isStep: true },
    ['entry', 'a'],
  ],
];

for (const [name, container, config, step, args] of commands) {
  test(`command: ${name}`, () => {
    assert.deepEqual(
      containerCommand({ name: 'c', ...container }, config, new Map([['V', 'value']]), step),
      args,
    );
  });
}

test('no command at all is said', () => {
  assert.throws(
    () => containerCommand({ name: 'c' }, none, new Map()),
    /container "c": no command specified/,
  );
});

test('resources as the kubelet gives them to cgroups', () => {
  const resources = (limits: object, requests = {}) =>
    containerResources({ name: 'c', resources: { limits, requests } } as Container);
  assert.deepEqual(resources({ cpu: '500m', memory: '64Mi' }), {
    memoryBytes: 67_108_864,
    cpuQuota: 50_000,
    cpuShares: 512,
  });
  assert.deepEqual(resources({ cpu: '1m' }, { cpu: '1m' }), { cpuQuota: 1000, cpuShares: 2 });
  assert.deepEqual(resources({}), {});
});

const pod = (spec: Partial<Pod['spec']>): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `${'x'.repeat(62)}-long` },
  spec: { containers: [], ...spec },
});

test('a host name is at most 63 characters and ends in none but letters and digits', () => {
  assert.equal(podHostname(pod({})), 'x'.repeat(62));
  assert.equal(podHostname(pod({ hostname: 'own' })), 'own');
});

test('hosts: localhost, the pod, the services, its aliases', () => {
  const aliased = pod({ hostname: 'h', hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }] });
  const text = hostsFile(aliased, { hosts: [{ ip: '127.0.0.2', names: ['s.svc'] }], env: {} }, '10.0.0.1');
  assert.deepEqual(text.trim().split('\n').slice(2), ['10.0.0.1\th', '127.0.0.2\ts.svc', '1.2.3.4\ta b']);
});

test('resolv.conf: of the machine unless the policy is None', () => {
  const dnsConfig = { nameservers: ['9.9.9.9'], options: [{ name: 'ndots', value: '1' }] };
  assert.equal(resolverFile(pod({}), 'nameserver 1.1.1.1\n'), 'nameserver 1.1.1.1\n');
  assert.equal(
    resolverFile(pod({ dnsPolicy: 'None', dnsConfig }), 'nameserver 1.1.1.1\n'),
    'nameserver 9.9.9.9\noptions ndots:1\n',
  );
});

const data = new Map([['k', Buffer.from('v')]]);
const options = { what: 'configmap "c"' };

test('files of keys: all, items, modes, optional', () => {
  assert.deepEqual(filesOfKeys(data, options)[0]?.mode, 0o644);
  const items = [{ key: 'k', path: 'a/b', mode: 0o600 }];
  assert.deepEqual(filesOfKeys(data, { ...options, items }), [
    { path: 'a/b', data: Buffer.from('v'), mode: 0o600 },
  ]);
  const missing = [{ key: 'none', path: 'x' }];
  assert.throws(
    () => filesOfKeys(data, { ...options, items: missing }),
    /configmap "c" references non-existent key: none/,
  );
  assert.deepEqual(filesOfKeys(data, { ...options, items: missing, optional: true }), []);
});

for (const path of ['../x', '/etc/passwd', 'a/../../b', '']) {
  test(`attack: an item with the path "${path}"`, () => {
    assert.throws(
      () => filesOfKeys(data, { ...options, items: [{ key: 'k', path }] }),
      /not a relative path/,
    );
  });
}
