import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmod,
  chown,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  ContainerMonitor,
  cgroupVersion,
  DEFAULT_CAPABILITIES,
  detectMonitor,
  detectRuntime,
  isMounted,
  mountOverlay,
  probeMachine,
  type Runtime,
  runForeground,
  runtimeSpec,
  unmount,
  unmountAll,
} from '@slipway/containers';

const node = process.execPath;
let folder = '';
let rootfs = '';
let runtime: Runtime;
let monitor: ContainerMonitor;

before(async () => {
  folder = await mkdtemp('/tmp/slipway-containers-');
  rootfs = await busyboxRoot(join(folder, 'rootfs'));
  runtime = await detectRuntime();
  monitor = new ContainerMonitor({ runtime, conmon: await detectMonitor(), stateDir: join(folder, 'state') });
});

after(async () => {
  for (const id of await monitor.list()) await (await monitor.attach(id))?.remove();
  await unmountAll(folder);
  await rm(folder, { recursive: true, force: true });
});

async function busyboxRoot(path: string): Promise<string> {
  for (const name of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp'])
    await mkdir(join(path, name), { recursive: true });
  await copyFile('/bin/busybox', join(path, 'bin/busybox'));
  for (const name of [
    'sh',
    'true',
    'sleep',
    'cat',
    'echo',
    'id',
    'head',
    'tail',
    'unshare',
    'mount',
    'grep',
  ]) {
    await symlink('busybox', join(path, 'bin', name));
  }
  return path;
}

interface BundleOptions {
  readonly cgroupsPath?: string;
  readonly memoryBytes?: number;
  readonly seccomp?: 'runtime-default';
}

async function bundle(name: string, script: string, options: BundleOptions = {}): Promise<string> {
  const path = join(folder, 'bundles', name);
  await mkdir(path, { recursive: true });
  const { memoryBytes, ...rest } = options;
  const spec = runtimeSpec({
    args: script === '' ? ['no-such-program'] : ['sh', '-c', script],
    env: ['PATH=/bin'],
    cwd: '/',
    user: { uid: 0, gid: 0 },
    rootfs,
    mounts: [],
    capabilities: DEFAULT_CAPABILITIES,
    hostNetwork: true,
    ...(memoryBytes === undefined ? {} : { resources: { memoryBytes } }),
    ...rest,
  });
  await writeFile(join(path, 'config.json'), JSON.stringify(spec));
  return path;
}

async function logOf(name: string): Promise<string[]> {
  return (await readFile(join(folder, `${name}.log`), 'utf8')).trim().split('\n');
}

async function start(name: string, script: string, options: BundleOptions = {}) {
  const path = await bundle(name, script, options);
  return await monitor.start({ id: name, bundle: path, logPath: join(folder, `${name}.log`), ...options });
}

test('a container under conmon: exit code, output in the Kubernetes log format, nothing left', async () => {
  const container = await start('plain', 'echo out; echo err >&2; exit 3');
  const exit = await container.wait();
  assert.deepEqual([exit.exitCode, exit.oomKilled, exit.lost], [3, false, false]);
  const lines = await logOf('plain');
  assert.ok(
    lines.some((line) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+[+-]\d\d:\d\d stdout F out$/.test(line)),
    lines.join(),
  );
  assert.ok(lines.some((line) => line.endsWith('stderr F err')));
  await container.remove();
  assert.deepEqual(await monitor.list(), []);
  assert.deepEqual(await readdir(join(folder, 'state/exits')), []);
});

test('a program that is not in the image is named, and nothing is left', async () => {
  await assert.rejects(start('missing', ''), { code: 'CONTAINER_CANNOT_RUN', message: /no-such-program/ });
  assert.deepEqual(await monitor.list(), []);
});

test('signals reach the program; SIGKILL ends with 137', async () => {
  const polite = await start('polite', 'trap "echo bye; exit 5" TERM; echo up; while :; do sleep 0.05; done');
  await eventuallyLogged('polite', 'up');
  await polite.kill('SIGTERM');
  assert.equal((await polite.wait()).exitCode, 5);
  await polite.remove();
  const stubborn = await start('stubborn', 'trap "" TERM; echo up; while :; do sleep 0.05; done');
  await eventuallyLogged('stubborn', 'up');
  await stubborn.kill('SIGTERM');
  await stubborn.kill('SIGKILL');
  assert.equal((await stubborn.wait()).exitCode, 137);
  await stubborn.remove();
});

async function eventuallyLogged(name: string, word: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if ((await readFile(join(folder, `${name}.log`), 'utf8').catch(() => '')).includes(word)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`"${word}" never appeared in the log of ${name}`);
}

test('running out of memory is told from being killed', async () => {
  assert.notEqual(cgroupVersion(), 'none');
  const cgroupsPath = '/slipway-test/oom';
  const hog = 'tail /dev/zero; exit $?';
  const container = await start('oom', hog, { cgroupsPath, memoryBytes: 30_000_000 });
  const exit = await container.wait();
  assert.deepEqual([exit.exitCode, exit.oomKilled], [137, true]);
  await container.remove();
});

test('kill -9 of the process that started it: the container goes on, its log is whole, its exit is known', async () => {
  const path = await bundle('survivor', 'for i in 1 2 3 4 5 6 7 8; do echo line $i; sleep 0.1; done; exit 9');
  const program = `
    import { ContainerMonitor, detectMonitor, detectRuntime } from '@slipway/containers';
    const monitor = new ContainerMonitor({
      runtime: await detectRuntime(), conmon: await detectMonitor(), stateDir: '${folder}/state' });
    await monitor.start({ id: 'survivor', bundle: '${path}', logPath: '${folder}/survivor.log' });
    console.log('started');
    setInterval(() => {}, 1000);`;
  const file = join(import.meta.dirname, `.survivor-${process.pid}.ts`);
  await writeFile(file, program);
  const child = spawn(node, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGKILL');
    assert.ok(await ContainerMonitor.namespaceHolder(join(folder, 'state')));
    const container = await monitor.attach('survivor');
    assert.equal((await container!.wait()).exitCode, 9);
    const wanted = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => `line ${i}`);
    assert.deepEqual(
      (await logOf('survivor')).map((line) => line.split(' ').slice(3).join(' ')),
      wanted,
    );
    await container!.remove();
    assert.equal(await ContainerMonitor.namespaceHolder(join(folder, 'state')), undefined);
  } finally {
    await rm(file);
  }
});

test('a conmon that was killed: the container is lost, stopped, and said so', async () => {
  const container = await start('orphan', 'sleep 60');
  const record = JSON.parse(await readFile(join(folder, 'state/containers/orphan/record.json'), 'utf8'));
  process.kill(record.conmonPid, 'SIGKILL');
  const exit = await container.wait();
  assert.deepEqual([exit.exitCode, exit.lost], [137, true]);
  await container.remove();
});

test('an overlay with more layers than one page of options can name', async () => {
  const lower: string[] = [];
  for (let i = 0; i < 120; i++) {
    const name = join(folder, 'layers', `${String(i).padStart(3, '0')}${'a'.repeat(61)}`);
    await mkdir(name, { recursive: true });
    await writeFile(join(name, 'top'), String(i));
    lower.push(name);
  }
  const [upper, work, target] = ['upper', 'work', 'merged'].map((name) => join(folder, 'many', name));
  for (const path of [upper!, work!, target!]) await mkdir(path, { recursive: true });
  await mountOverlay({ lower, upper: upper!, work: work!, target: target! });
  assert.equal(await readFile(join(target!, 'top'), 'utf8'), '0');
  assert.equal(await isMounted(target!), true);
  await unmount(target!);
  assert.equal(await isMounted(target!), false);
  await unmount(target!);
});

test('in the foreground: output, exit code, an abort, a failure to start', async () => {
  const base = { runtime, stateRoot: join(folder, 'foreground'), onStderr: () => {} };
  let output = '';
  const onStdout = (chunk: Buffer): void => {
    output += String(chunk);
  };
  const path = await bundle('fore', 'echo hello; exit 4');
  assert.deepEqual(await runForeground({ ...base, id: 'f1', bundle: path, onStdout }), { exitCode: 4 });
  assert.equal(output, 'hello\n');
  const abort = AbortSignal.timeout(200);
  const slow = await bundle('slow', 'sleep 60');
  await assert.rejects(runForeground({ ...base, id: 'f2', bundle: slow, onStdout, signal: abort }), {
    name: 'TimeoutError',
  });
  const broken = await bundle('broken', '');
  await assert.rejects(runForeground({ ...base, id: 'f3', bundle: broken, onStdout }), {
    code: 'CONTAINER_CANNOT_RUN',
  });
});

test('the RuntimeDefault profile forbids namespaces that Unconfined allows', async () => {
  const script = 'unshare -U true && echo allowed; cat /proc/self/status | grep Seccomp:';
  const free = await start('free', script);
  await free.wait();
  assert.ok((await logOf('free')).some((line) => line.endsWith('allowed')));
  await free.remove();
  const confined = await start('confined', script, { seccomp: 'runtime-default' });
  await confined.wait();
  const lines = await logOf('confined');
  assert.ok(
    !lines.some((line) => line.endsWith('F allowed')) && lines.some((line) => /Seccomp:\s+2$/.test(line)),
  );
  await confined.remove();
});

const namespaces: [who: string, id: number, map: string, inside: number][] = [
  ['root', 0, 'parent-range', 12],
  ['an ordinary user without subordinate ids', 54_321, 'single', 0],
];

for (const [who, id, map, inside] of namespaces) {
  test(`${who} in a user namespace: overlay, containers, ids, the exit code`, async () => {
    const place = join(folder, `nested-${id}`);
    await mkdir(place);
    await chown(place, id, id);
    await chmod(folder, 0o755);
    const program = `
      import { idMapKind, inUserNamespace, mountOverlay, reexecInUserNamespace, runForeground, runtimeSpec,
        detectRuntime, DEFAULT_CAPABILITIES } from '@slipway/containers';
      import { mkdirSync, writeFileSync } from 'node:fs';
      const argv = [process.execPath, ...process.argv.slice(1)];
      if (!inUserNamespace()) process.exit(await reexecInUserNamespace({ argv }));
      process.chdir('${place}');
      for (const name of ['u', 'w', 'm', 'b']) mkdirSync(name);
      await mountOverlay({ lower: ['${rootfs}'], upper: '${place}/u', work: '${place}/w', target: '${place}/m' });
      for (const pidNamespace of ['own', 'shared']) {
        writeFileSync('b/config.json', JSON.stringify(runtimeSpec({ args: ['sh', '-c', 'id -u; exit 6'],
          env: ['PATH=/bin'], cwd: '/', user: { uid: ${inside}, gid: ${inside} }, rootfs: '${place}/m', mounts: [],
          capabilities: DEFAULT_CAPABILITIES, hostNetwork: true, pidNamespace })));
        const { exitCode } = await runForeground({ runtime: await detectRuntime(), id: 'n-' + pidNamespace,
          bundle: '${place}/b', stateRoot: '${place}/s', onStdout: (c) => process.stdout.write(c),
          onStderr: (c) => process.stderr.write(c) });
        console.log(exitCode);
      }
      console.log(idMapKind(), process.getuid());
      process.exitCode = 17;`;
    const file = join(import.meta.dirname, `.nested-${process.pid}.ts`);
    await writeFile(file, program);
    try {
      const child = spawn(node, [file], { stdio: ['ignore', 'pipe', 'inherit'], uid: id, gid: id, cwd: '/' });
      let output = '';
      child.stdout.on('data', (chunk) => {
        output += String(chunk);
      });
      const code = await new Promise((resolve) => child.once('close', resolve));
      assert.deepEqual([output, code], [`${inside}\n6\n${inside}\n6\n${map} 0\n`, 17]);
      assert.equal(await isMounted(join(place, 'm')), false);
    } finally {
      await rm(file);
    }
  });
}

test('the machine report names every check and what it costs', async () => {
  const { checks } = await probeMachine();
  assert.ok(checks.every(({ ok, cost }) => ok || cost !== ''));
  assert.equal(checks.find(({ name }) => name === 'runtime')?.ok, true);
});
