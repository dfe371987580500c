import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerConfig } from './container-config.ts';
import type { RuntimePlace } from './runtime-place.ts';
import { runtimeSpec } from './runtime-spec.ts';

interface Spec {
  process: { capabilities: Record<string, string[]>; user: { additionalGids: number[] } };
  mounts: { destination: string; type: string; options: string[] }[];
  linux: {
    namespaces: { type: string }[];
    maskedPaths: string[];
    cgroupsPath?: string;
    resources?: { memory: object; cpu: object; devices: { allow: boolean }[] };
    seccomp?: { syscalls: { names: string[] }[] };
    devices?: { path: string }[];
  };
}

const ROOT: RuntimePlace = {
  userNamespace: false,
  gids: 4_294_967_295,
  ownProc: true,
  cgroups: true,
  capabilities: ['CAP_CHOWN', 'CAP_KILL', 'CAP_SYS_ADMIN'],
};
const NESTED: RuntimePlace = { ...ROOT, userNamespace: true, gids: 1, cgroups: false };

const config: ContainerConfig = {
  args: ['true'],
  env: [],
  cwd: '/',
  user: { uid: 0, gid: 0 },
  rootfs: '/r',
  mounts: [],
  capabilities: ['CAP_CHOWN', 'CAP_SYS_TIME'],
  hostNetwork: true,
};

const spec = (change: Partial<ContainerConfig>, place: RuntimePlace = ROOT): Spec =>
  runtimeSpec({ ...config, ...change }, place) as Spec;

test('capabilities that we do not hold are left out', () => {
  assert.deepEqual(spec({}).process.capabilities.effective, ['CAP_CHOWN']);
  assert.deepEqual(spec({ privileged: true }).process.capabilities.bounding, ROOT.capabilities);
});

test('another user than root starts without capabilities but keeps the bounding set', () => {
  const { capabilities } = spec({ user: { uid: 1000, gid: 0 } }).process;
  assert.deepEqual([capabilities.effective, capabilities.bounding], [[], ['CAP_CHOWN']]);
});

test('a mount replaces the default one at its path, and parents come before children', () => {
  const mounts = [
    { source: '/b', destination: '/a/b/c' },
    { source: '/s', destination: '/dev/shm', readonly: true },
    { source: '/a', destination: '/a' },
  ];
  const made = spec({ mounts }).mounts.filter((mount) => /^\/a|shm/.test(mount.destination));
  assert.deepEqual(
    made.map(({ destination, type, options }) => [destination, type, options.at(-1)]),
    [
      ['/a', 'bind', 'rw'],
      ['/dev/shm', 'bind', 'ro'],
      ['/a/b/c', 'bind', 'rw'],
    ],
  );
});

test('limits hold where cgroups may be made, and are absent elsewhere', () => {
  const limits = { cgroupsPath: '/x', resources: { memoryBytes: 1024, cpuQuota: 50_000, cpuShares: 512 } };
  const { resources } = spec(limits).linux;
  assert.deepEqual(resources?.memory, { limit: 1024, swap: 1024 });
  assert.deepEqual(resources?.cpu, { quota: 50_000, period: 100_000, shares: 512 });
  const nested = spec(limits, NESTED).linux;
  assert.deepEqual([nested.cgroupsPath, nested.resources], [undefined, undefined]);
});

test('in a user namespace /sys is bound, and groups that do not exist are not named', () => {
  const nested = spec({ user: { uid: 0, gid: 0, additionalGids: [0, 44] } }, NESTED);
  assert.deepEqual(nested.process.user.additionalGids, [0]);
  const sys = nested.mounts.find(({ destination }) => destination === '/sys');
  assert.equal(sys?.type, 'none');
  assert.ok(sys.options.includes('rro'), 'the cgroups below it may not be written to');
  assert.ok(nested.linux.maskedPaths.includes('/sys/kernel/debug'));
  assert.ok(!nested.mounts.some(({ options }) => options.includes('gid=5')));
});

test('a shared pid namespace binds /proc and starts no new one', () => {
  const { mounts, linux } = spec({ pidNamespace: 'shared' });
  assert.equal(mounts.find(({ destination }) => destination === '/proc')?.type, 'none');
  assert.ok(!linux.namespaces.some(({ type }) => type === 'pid'));
  assert.deepEqual(linux.maskedPaths, []);
});

test('seccomp: unconfined unless asked, and never for privileged', () => {
  assert.equal(spec({}).linux.seccomp, undefined);
  assert.equal(spec({ seccomp: 'runtime-default', privileged: true }).linux.seccomp, undefined);
  const denied = spec({ seccomp: 'runtime-default' }).linux.seccomp?.syscalls.flatMap(({ names }) => names);
  assert.ok(denied?.includes('mount') && denied.includes('clone') && denied.includes('keyctl'));
  const asked = { seccomp: 'runtime-default', capabilities: ['CAP_SYS_ADMIN'] } as const;
  const admin = spec(asked).linux.seccomp?.syscalls.flatMap(({ names }) => names);
  assert.ok(!admin?.includes('mount') && !admin?.includes('clone') && admin?.includes('keyctl'));
});

test('privileged containers get the machine’s devices', () => {
  assert.ok(spec({ privileged: true }).linux.devices?.some(({ path }) => path === '/dev/null'));
});
