import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type BuildResult, parseOutput, type RunBuildOptions, storePaths } from '@slipway/builder';
import { eventually } from '@slipway/testkit';
import { type ImageFile, Workbench } from './builder/workbench.ts';

const HERE = import.meta.dirname;
const IN_POD = join(HERE, 'builder/in-pod.sh');
const BUILD = ['--disable-warning=ExperimentalWarning', join(HERE, 'builder/build.ts')];
const FROM = 'FROM docker.io/library/busybox:1\n';
const EPOCH = 1_700_000_000;

/** A user of this machine who has nothing but an id. */
const USER = `slipway-one-${process.pid}`;

let bench: Workbench;
let ids: { uid: number; gid: number };

before(async () => {
  bench = await Workbench.open();
  await bench.pushBusybox();
  chmodSync(bench.folder.path, 0o755);
  const made = spawnSync('useradd', ['--system', '--no-create-home', '--user-group', USER]);
  assert.equal(made.status, 0, String(made.stderr));
  assert.doesNotMatch(readFileSync('/etc/subuid', 'utf8'), new RegExp(`^${USER}:`, 'm'));
  const numberOf = (flag: string): number =>
    Number(spawnSync('id', [flag, USER], { encoding: 'utf8' }).stdout);
  ids = { uid: numberOf('-u'), gid: numberOf('-g') };
});

after(async () => {
  spawnSync('userdel', ['--force', USER]);
  await bench[Symbol.asyncDispose]();
});

interface Place {
  /** What a command of root begins with to be started there. */
  readonly start: () => readonly string[];
  readonly owner: () => { uid: number; gid: number };
}

const asUser = (): string[] => ['setpriv', `--reuid=${ids.uid}`, `--regid=${ids.gid}`, '--clear-groups'];
const places: Readonly<Record<string, Place>> = {
  'as a user without subuids': { start: asUser, owner: () => ids },
  'in a pod as uid 1000': { start: () => [IN_POD, 'user'], owner: () => ({ uid: 1000, gid: 1000 }) },
};
const withoutPerl: Place = {
  start: () => [
    ...[
      'unshare',
      '--mount',
      'sh',
      '-c',
      'mount --bind /dev/null "$(readlink -f /usr/bin/perl)" && exec "$@"',
      'sh',
    ],
    ...asUser(),
  ],
  owner: () => ids,
};

let states = 0;

/** Starts a build in a place, with a state folder of its own. */
function start(place: Place, options: Partial<RunBuildOptions>): { child: ChildProcess; stateDir: string } {
  states += 1;
  const home = bench.folder.join(`home-${states}`);
  mkdirSync(home);
  chownSync(home, place.owner().uid, place.owner().gid);
  const stateDir = join(home, 'state');
  const registries = { mirrors: [{ from: 'docker.io', to: bench.registry }] };
  const request = { registries, store: storePaths(stateDir), sourceDateEpoch: EPOCH, ...options };
  const [file, ...args] = [...place.start(), process.execPath, ...BUILD, JSON.stringify(request)];
  const env = { PATH: process.env.PATH, HOME: '/' };
  return { child: spawn(file!, args, { stdio: ['ignore', 'pipe', 'inherit'], env }), stateDir };
}

async function build(
  place: Place,
  options: Partial<RunBuildOptions>,
): Promise<{ text: string; result: BuildResult | undefined; stateDir: string }> {
  const { child, stateDir } = start(place, options);
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  await new Promise((resolve) => child.once('close', resolve));
  const line = /^result (.*)$/m.exec(text)?.[1];
  return { text, result: line === undefined ? undefined : JSON.parse(line), stateDir };
}

/** What the programs of the RUNs wrote. */
function outputOf(text: string): string[] {
  return text.split('\n').flatMap((line) => /^#\d+ [\d.]+ (.*)$/.exec(line)?.slice(1) ?? []);
}

async function filesOf({
  result,
  stateDir,
}: Awaited<ReturnType<typeof build>>): Promise<Map<string, ImageFile>> {
  // Read as root, from a copy of the user's content store.
  cpSync(join(stateDir, 'content'), storePaths(bench.stateDir).contentDir, { recursive: true });
  return await bench.files(result!);
}

for (const name of readdirSync(join(HERE, 'single-id/testdata'))) {
  for (const [where, place] of Object.entries(places)) {
    test(`${name}: ${where} the same image, and the same to be seen by RUN, as by root`, async () => {
      const context = join(HERE, 'single-id/testdata', name);
      const byRoot = await bench.build(context, { sourceDateEpoch: EPOCH, noCache: true });
      const byOne = await build(place, { context });
      assert.match(byOne.text, /isolation: user namespace with overlay.*one id: other owners are recorded/);
      assert.deepEqual(outputOf(byOne.text), byRoot.output.split('\n'), byOne.text);
      assert.ok(byOne.result, byOne.text);
      const wanted = await bench.files(byRoot.result);
      for (const [path, { entry }] of await filesOf(byOne)) {
        const { uid, gid, mode } = wanted.get(path)?.entry ?? {};
        assert.deepEqual([path, entry.uid, entry.gid, entry.mode], [path, uid, gid, mode]);
      }
      assert.equal(byOne.result.manifest.digest, byRoot.result.manifest.digest);
      assert.deepEqual(readdirSync(join(byOne.stateDir, 'build')), []);
    });
  }
}

test('the root file system as a tar has the recorded owners', async () => {
  const place = places['as a user without subuids']!;
  const dest = bench.folder.join('root.tar');
  const context = bench.context({
    Dockerfile: `${FROM}RUN ln -s x /home/app/link && chown -h 33:44 /home/app/link && touch /tmp/t && chown 5 /tmp/t\n`,
  });
  chmodSync(bench.folder.path, 0o777);
  const { text } = await build(place, { context, outputs: [parseOutput(`type=tar,dest=${dest}`)] });
  chmodSync(bench.folder.path, 0o755);
  assert.ok(existsSync(dest), text);
  const { stdout } = spawnSync('tar', ['--numeric-owner', '-tvf', dest], { encoding: 'utf8' });
  assert.match(stdout, /^l\S+ 33\/44 .* home\/app\/link/m);
  assert.match(stdout, /^d\S+ 1000\/1000 .* home\/app\/$/m);
  assert.match(stdout, /^-\S+ 5\/0 .* tmp\/t$/m);
});

test('without Perl: owners below are kept, a user has what it makes, a chown fails', async () => {
  const users = `${FROM}RUN echo x > /home/app/roots\nUSER app\nRUN touch /home/app/mine\n`;
  const built = await build(withoutPerl, { context: bench.context({ Dockerfile: users }) });
  assert.match(built.text, /one id, and no Perl, which would record other owners: RUN can give no file away/);
  assert.match(built.text, /warning: .*Dockerfile:4.*no Perl.*user 1000 runs as root of the namespace/);
  assert.ok(built.result, built.text);
  const files = await filesOf(built);
  const owners = ['home/app', 'home/app/roots', 'home/app/mine'].map((path) => files.get(path)?.entry.uid);
  assert.deepEqual(owners, [1000, 0, 1000]);

  const context = bench.context({ Dockerfile: `${FROM}RUN chown app /tmp\n` });
  const { text } = await build(withoutPerl, { context });
  assert.match(text, /FAILED/);
  assert.match(text, /chown: \/tmp: Invalid argument/);
});

test('kill -9 of the builder ends what answers for other ids', async () => {
  const marker = `7${process.pid}33`;
  const running = (): string[] => {
    const { stdout } = spawnSync('ps', ['-ww', '-U', USER, '-o', 'args='], { encoding: 'utf8' });
    return stdout.split('\n').filter((line) => /^\S*perl /.test(line) || line.includes(marker));
  };
  const { child } = start(places['as a user without subuids']!, {
    context: bench.context({ Dockerfile: `${FROM}RUN sleep ${marker}\n` }),
  });
  try {
    child.stdout!.resume();
    const isThere = (name: RegExp): boolean => running().some((line) => name.test(line));
    await eventually(() => isThere(/perl /) && isThere(/^\S*sleep \d/), {
      what: 'the RUN',
      deadlineMs: 30_000,
    });
  } finally {
    process.kill(child.pid!, 'SIGKILL');
  }
  await eventually(() => running().length === 0, { what: 'the end of all' });
});
