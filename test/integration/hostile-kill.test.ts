// kill -9 of the builder, or of its worker, at random moments of a small build: the next build works and gives the digest of a
// build that nothing disturbed, and nothing of the killed one is left.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { storePaths } from '@slipway/builder';
import { eventually } from '@slipway/testkit';
import { leftovers, namesIn } from '../leftovers.ts';
import { descendants } from '../processes.ts';
import { Workbench } from './builder/workbench.ts';

const ROUNDS = 9;
const EPOCH = 1_700_000_000;
const PROGRAM = join(import.meta.dirname, 'builder/build.ts');

let bench: Workbench;
let context: string;
/** The digest that no disturbance may change. */
let wanted: string;
/** How long the undisturbed build took: the kills are spread over this. */
let wholeMs: number;

before(async () => {
  bench = await Workbench.open();
  await bench.pushBusybox();
  context = bench.context({
    Dockerfile: `FROM docker.io/library/busybox:1 AS one
COPY data /data
RUN --mount=type=cache,target=/cache cat /data > /copy; date > /cache/log; ln /copy /again
FROM docker.io/library/busybox:1 AS two
RUN mkdir -p /many && for i in 1 2 3 4 5 6 7 8 9; do echo $i > /many/$i; done
FROM docker.io/library/busybox:1
COPY --from=one /copy /again /
COPY --from=two /many /many
WORKDIR /work
RUN rm /etc/group && cat /copy | sha256sum > /sum
`,
    data: 'x'.repeat(3_000_000),
  });
  const started = performance.now();
  wanted = (await build('state-undisturbed').digest) ?? '';
  wholeMs = performance.now() - started;
  assert.match(wanted, /^sha256:/);
});
after(() => bench?.[Symbol.asyncDispose]());

interface Running {
  readonly child: ChildProcess;
  /** The manifest's digest; undefined where there is none, since it was killed. */
  readonly digest: Promise<string | undefined>;
  readonly output: () => string;
}

function build(state: string): Running {
  const request = {
    context,
    store: storePaths(bench.folder.join(state)),
    registries: { mirrors: [{ from: 'docker.io', to: bench.registry }] },
    sourceDateEpoch: EPOCH,
  };
  const args = ['--disable-warning=ExperimentalWarning', PROGRAM, JSON.stringify(request)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const digest = once(child, 'close').then(() => {
    const line = /^result (.*)$/m.exec(output)?.[1];
    return line === undefined
      ? undefined
      : (JSON.parse(line) as { manifest: { digest: string } }).manifest.digest;
  });
  return { child, digest, output: () => output };
}

const victims: Readonly<Record<string, (child: ChildProcess) => void>> = {
  'the builder': ({ pid }) => kill(pid!),
  'everything at once': ({ pid }) => {
    for (const each of [pid!, ...descendants(pid!)]) kill(each);
  },
  'the worker only': ({ pid }) => {
    const below = descendants(pid!);
    if (below[0] !== undefined) kill(below[0]);
  },
};

/** All that are below the cgroups of this process. */
function cgroupNames(): string[] {
  const own = new Set(readFileSync('/proc/self/cgroup', 'utf8').match(/(?<=:)\/.*$/gm));
  const root = '/sys/fs/cgroup';
  const places = ['', ...readdirSync(root)].flatMap((name) => [...own].map((path) => join(root, name, path)));
  return places
    .filter((place) => existsSync(place) && statSync(place).isDirectory())
    .flatMap((place) => readdirSync(place));
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

for (const [name, strike] of Object.entries(victims)) {
  test(`kill -9 of ${name}, ${ROUNDS / 3} times`, async () => {
    for (let round = 0; round < ROUNDS / 3; round += 1) {
      // Each round begins with an empty store, and its second build finds what the killed one left.
      const state = `state-${name.replaceAll(' ', '-')}-${round}`;
      const folder = bench.folder.join(state);
      const delay = Math.round(Math.random() * wholeMs);
      const what = `killed after ${delay} ms`;
      const first = build(state);
      await sleep(delay);
      strike(first.child);
      await first.digest;
      await eventually(() => leftovers(folder).length === 0, { what: `the end of all, ${what}` }).catch(
        () => {
          assert.deepEqual(leftovers(folder), [], what);
        },
      );
      const ids = namesIn(folder, 'build').map((id) => `build-${id}-`);
      const second = build(state);
      assert.equal(await second.digest, wanted, `${what}: ${second.output()}`);
      assert.deepEqual(leftovers(folder), [], what);
      assert.deepEqual(namesIn(folder, 'build'), [], what);
      const cgroups = cgroupNames().filter((each) => ids.some((id) => each.startsWith(id)));
      assert.deepEqual(cgroups, [], what);
      const ingest = namesIn(folder, 'content', 'ingest');
      assert.deepEqual(ingest, [], what);
      // What both builds stored is now taken from the cache, and is the same.
      assert.equal(await build(state).digest, wanted, what);
    }
  });
}
