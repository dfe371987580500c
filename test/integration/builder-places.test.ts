import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type RunBuildOptions, storePaths } from '@slipway/builder';
import { eventually } from '@slipway/testkit';
import { descendants } from '../processes.ts';
import { busyboxPath, Workbench } from './builder/workbench.ts';

const PROGRAM = join(import.meta.dirname, 'builder/build.ts');
const IN_POD = join(import.meta.dirname, 'builder/in-pod.sh');
const FLAGS = ['--disable-warning=ExperimentalWarning', PROGRAM];
const FROM = 'FROM docker.io/library/busybox:1\n';

let bench: Workbench;

before(async () => {
  bench = await Workbench.open();
  await bench.pushBusybox();
});

after(async () => {
  await bench[Symbol.asyncDispose]();
});

/** Starts a build in a process of its own. */
function startBuild(options: Partial<RunBuildOptions>, as?: { uid: number; gid: number }): ChildProcess {
  const registries = { mirrors: [{ from: 'docker.io', to: bench.registry }] };
  const args = [...FLAGS, JSON.stringify({ registries, ...options })];
  const env = { PATH: process.env.PATH, HOME: '/' };
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env, ...as });
}

async function outputOf(child: ChildProcess): Promise<string> {
  let output = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await new Promise((resolve) => child.once('close', resolve));
  return output;
}

/** Starts a build where it has only what a pod has. */
function startInPod(who: 'root' | 'user', options: Partial<RunBuildOptions>): ChildProcess {
  const registries = { mirrors: [{ from: 'docker.io', to: bench.registry }] };
  const program = [process.execPath, ...FLAGS, JSON.stringify({ registries, ...options })];
  const env = { PATH: process.env.PATH, HOME: '/', TOKEN_OF_POD: 'in-the-environment' };
  return spawn(IN_POD, [who, ...program], { stdio: ['ignore', 'pipe', 'inherit'], env });
}

/** Processes of this machine with the text in their command line. */
function processesWith(text: string): string[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes(text) && !line.includes(' ps '));
}

test('an ordinary user builds with subordinate ids: owners are kept, RUN is root only inside', async () => {
  const name = `slipway-${process.pid}`;
  const made = spawnSync('useradd', ['--no-create-home', '--shell', '/bin/sh', name]);
  assert.equal(made.status, 0, String(made.stderr));
  try {
    const uid = Number(spawnSync('id', ['-u', name], { encoding: 'utf8' }).stdout);
    const gid = Number(spawnSync('id', ['-g', name], { encoding: 'utf8' }).stdout);
    spawnSync('usermod', ['--add-subuids', '700000-765535', '--add-subgids', '700000-765535', name]);
    chmodSync(bench.folder.path, 0o755);
    const home = bench.folder.join('home');
    mkdirSync(home);
    chownSync(home, uid, gid);
    const context = bench.context({
      Dockerfile: `${FROM}RUN id -u; chown 33:44 /etc/group; cat /etc/shadow-of-place 2>&1; grep . /proc/self/uid_map\nUSER app\nRUN id -u; echo x > /tmp/x\nCOPY --chown=app . /c/\n`,
    });
    const stateDir = join(home, 'state');
    const output = await outputOf(startBuild({ context, store: storePaths(stateDir) }, { uid, gid }));
    assert.match(output, /isolation: user namespace with overlay.*subordinate ids/);
    assert.match(output, /^#\d+ [\d.]+ 1000$/m);
    assert.match(output, new RegExp(`0 +${uid} +1$`, 'm'));
    const line = /^result (.*)$/m.exec(output);
    assert.ok(line, output);
    const result = JSON.parse(line[1]!);
    // The image is read as root, from a copy of the user's content store.
    cpSync(join(stateDir, 'content'), storePaths(bench.stateDir).contentDir, { recursive: true });
    const files = await bench.files(result, 3);
    assert.deepEqual([files.get('etc/group')?.entry.uid, files.get('etc/group')?.entry.gid], [33, 44]);
    assert.equal(files.get('tmp/x')?.entry.uid, 1000);
    assert.equal(files.get('c/Dockerfile')?.entry.uid, 1000);
    assert.deepEqual(readdirSync(join(stateDir, 'build')), []);
    spawnSync('rm', ['-rf', home]);
    assert.ok(!existsSync(home));
  } finally {
    spawnSync('userdel', [name]);
  }
});

for (const [who, ids] of [
  ['root', '65536 ids'],
  ['user', 'one id'],
] as const) {
  test(`in a pod as ${who}: overlay, the pod's pids, and no look into other processes`, async () => {
    chmodSync(bench.folder.path, 0o755);
    const home = bench.folder.join(`pod-${who}`);
    mkdirSync(home);
    if (who === 'user') chownSync(home, 1000, 1000);
    const secret = join(home, 'token');
    writeFileSync(secret, 'in-the-file');
    chmodSync(secret, 0o644);
    const context = bench.context({
      Dockerfile: `FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\nRUN for p in /proc/[0-9]*; do tr '\\0' '\\n' < $p/environ; cat $p/root${secret}; ls $p/cwd/; done 2>/dev/null; echo "saw $(ls -d /proc/[0-9]* | wc -l)"; touch /made\n`,
    });
    copyFileSync(busyboxPath(), join(context, 'busybox'));
    const output = await outputOf(startInPod(who, { context, store: storePaths(join(home, 'state')) }));
    assert.match(
      output,
      new RegExp(`isolation: user namespace with overlay.*the place's pid namespace.*${ids}`),
    );
    assert.match(output, /^result /m);
    const seen = output.split('\n').filter((line) => /^#\d+ [\d.]+ /.test(line));
    assert.ok(!seen.join('\n').includes('in-the-'), output);
    assert.match(seen.join('\n'), /saw [0-9]+/);
  });
}

test('chroot: changes are found by stat, mounts are lent, the next RUN sees the layers before it', async () => {
  const context = bench.context({
    Dockerfile: `${FROM}RUN rm /etc/group && mkdir -p /new/deep && echo 1 > /new/deep/file && ln /new/deep/file /new/link
RUN rm -r /new/deep && cat /new/link && test ! -e /etc/group && echo y > /dev/null
USER app
RUN --mount=type=secret,id=s,uid=1000 --mount=type=cache,target=/cache,mode=777 cat /run/secrets/s; echo x >> /cache/n; id -u; test -s /etc/hosts
USER root
RUN true
RUN --mount=type=cache,target=/cache cat /cache/n
`,
  });
  const { result, output } = await bench.build(context, { isolation: 'chroot', secrets: { s: 'shh\n' } });
  assert.match(result.isolation ?? '', /^chroot, as asked for/);
  assert.deepEqual(output.split('\n'), ['1', 'shh', '1000', 'x']);
  const [first, second, ...rest] = result.layers.slice(-2);
  assert.ok(first && second && rest.length === 0);
  const files = await bench.files(result, 2);
  assert.deepEqual([...files.keys()].sort(), [
    'etc',
    'etc/.wh.group',
    'new',
    'new/.wh.deep',
    'new/deep',
    'new/deep/file',
    'new/link',
  ]);
  assert.deepEqual(readdirSync(join(bench.stateDir, 'build')), []);
});

test('kill -9 of the builder in the middle of a RUN: its program ends, the next build cleans up and works', async () => {
  const marker = `9${process.pid}77`;
  const context = bench.context({
    Dockerfile: `${FROM}RUN echo kept > /kept\nRUN echo going; sleep ${marker}\n`,
  });
  const options = { context, store: storePaths(bench.stateDir) };
  const child = startBuild(options);
  const output = outputOf(child);
  await eventually(() => processesWith(`sleep ${marker}`).some((line) => !line.includes('RUN')), {
    what: 'the RUN',
  });
  const worker = processesWith('src/worker.ts').map((line) => Number(line.trim().split(' ')[0]));
  const own = descendants(child.pid!).filter((pid) => worker.includes(pid));
  for (const pid of [child.pid!, ...own]) process.kill(pid, 'SIGKILL');
  await output;
  await eventually(() => processesWith(`sleep ${marker}`).length === 0, { what: 'the end of the RUN' });
  assert.equal(readdirSync(join(bench.stateDir, 'build')).length, 1);
  const next = bench.context({ Dockerfile: `${FROM}RUN echo kept > /kept\nRUN cat /kept\n` });
  const { result, output: text } = await bench.build(next);
  assert.equal(text, 'kept');
  assert.equal(result.steps.find((step) => step.title.includes('> /kept'))?.status, 'cached');
  assert.deepEqual(readdirSync(join(bench.stateDir, 'build')), []);
});

/** Tells of every network device that a RUN finds, in /proc and wherever /sys has a folder of them. */
const DEVICES =
  "for f in $(find /sys -type d -name net 2>/dev/null); do ls $f; done | sort -u | tr '\\n' ' '; tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '";

for (const [where, start, own] of [
  ['on a machine', (options) => startBuild(options), true],
  ['in a pod, whose /sys is partly covered', (options) => startInPod('root', options), false],
] as const satisfies [string, (options: Partial<RunBuildOptions>) => ChildProcess, boolean][]) {
  test(`RUN --network=none knows no device of the place: ${where}`, async () => {
    const context = bench.context({
      Dockerfile: `${FROM}RUN echo "with: $(${DEVICES})"\nRUN --network=none echo "none: $(${DEVICES})"; ping -c1 -w1 127.0.0.1 | grep -o '1 packets received'\n`,
    });
    const state = bench.folder.join(own ? 'network-machine' : 'network-pod');
    const output = await outputOf(start({ context, store: storePaths(state) }));
    assert.match(output, /^result /m, output);
    assert.match(output, /^#\d+ [\d.]+ with: .*\blo\b/m);
    const [, found] = /^#\d+ [\d.]+ none: (.*)$/m.exec(output) ?? [];
    assert.equal(found?.trim(), own ? 'lo lo' : 'lo', output);
    assert.match(output, /1 packets received/);
  });
}

test('RUN may write to none of the cgroups of the place, though it is root', async () => {
  const context = bench.context({
    Dockerfile: `${FROM}RUN for f in $(find /sys/fs/cgroup -maxdepth 2 -type d); do mkdir $f/made-by-run && echo "made in $f"; done 2>/dev/null; ls -A /sys/kernel/debug /sys/fs/bpf /sys/kernel/tracing; true\n`,
  });
  const { output } = await bench.build(context);
  assert.doesNotMatch(output, /made in/);
  assert.equal(output.replace(/^(\/sys\S*:)?$/gm, '').trim(), '');
});

test('chroot: --network=none is refused with its line', async () => {
  const context = bench.context({ Dockerfile: `${FROM}RUN --network=none true\n` });
  await assert.rejects(bench.build(context, { isolation: 'chroot' }), { code: 'ISOLATION_NETWORK' });
});

test('chroot in a pod: RUN may not change its root again, has its groups, and Perl takes nothing from its variables', async () => {
  const marker = `8${process.pid}55`;
  const context = bench.context({
    Dockerfile: `${FROM}ENV PERL5OPT=-Mnonsense LANG=xx_YY.UTF-8 EMPTY=
USER app
RUN echo "$(id -G) $(pwd) [$EMPTY] $HOME"; sleep ${marker}
`,
  });
  const stateDir = bench.folder.join('chroot-pod');
  const options = { context, store: storePaths(stateDir), isolation: 'chroot' } as const;
  const output = outputOf(startInPod('root', options));
  const running = (): string[] =>
    processesWith(`sleep ${marker}`).filter((line) => / sleep \d+$/.test(line.trim()));
  await eventually(() => running().length > 0, { what: 'the RUN' });
  const pid = Number(running()[0]!.trim().split(' ')[0]);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  process.kill(pid, 'SIGKILL');
  const text = await output;
  // Docker's 14 without CAP_SYS_CHROOT in the bounding set: no program of a RUN can have it, setuid or not.
  assert.match(status, /^CapBnd:\t00000000a80025fb$/m);
  assert.match(status, /^CapEff:\t0{16}$/m);
  assert.match(status, /^CapInh:\t0{16}$/m);
  assert.match(text, /isolation: chroot, as asked for.*RUN has no CAP_SYS_CHROOT, so that it stays in there/);
  assert.match(text, /^#\d+ [\d.]+ 1000 50 \/ \[\] \/home\/app$/m);

  const dockerfile = `${FROM}RUN mkdir /away && chroot /away true\n`;
  const away = await outputOf(
    startInPod('root', { ...options, context: bench.context({ Dockerfile: dockerfile }) }),
  );
  assert.match(away, /can't change root directory to '\/away': Operation not permitted/);
  const missing = `${FROM}RUN ["/nothing"]\n`;
  const failed = bench.build(bench.context({ Dockerfile: missing }), { isolation: 'chroot' });
  await assert.rejects(failed, { exitCode: 127, message: /\/nothing: No such file or directory/ });
});
