// Ctrl-C and SIGTERM at any moment: the command ends with 130, what it started is cancelled, and nothing is left of it.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@slipway/testkit';
import { execute, program, slipway } from '../cli.ts';
import { startControlPlane } from '../control-plane.ts';
import { leftovers, namesIn } from '../leftovers.ts';
import { type SeededState, seededState } from '../seeded-state.ts';

let state: SeededState;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-interrupt-'));
  state = await seededState();
  await mkdir(join(folder, 'app'));
  await mkdir(join(folder, 'tmp'));
  await writeFile(join(folder, 'app/Dockerfile'), 'FROM busybox\nRUN echo begun && sleep 60\n');
  await writeFile(join(folder, 'task.yaml'), task(TASK, 60));
  // Nobody may get round to cancelling this one.
  await writeFile(join(folder, 'impatient.yaml'), task(`${TASK}-impatient`, 5));
});
after(async () => {
  await state?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The state folder may know the runs of earlier tests. */
const TASK = `interrupted-${randomInt(1e6)}`;

const task = (name: string, seconds: number): string => `apiVersion: tekton.dev/v1
kind: Task
metadata: {name: ${name}}
spec:
  steps:
    - {name: wait, image: busybox, script: "echo begun; sleep ${seconds}"}
`;

/** The launcher matters: under an older Node it is a process of its own, and a Ctrl-C reaches the command twice. */
function launcherNode(): string {
  const found = (process.env.PATH ?? '').split(delimiter).map((path) => join(path, 'node'));
  const isOld = (path: string): boolean =>
    existsSync(path) && Number.parseInt(spawnSync(path, ['--version']).stdout.toString().slice(1), 10) < 24;
  return found.find(isOld) ?? process.execPath;
}

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Exit code; 130 and 143 too where the signal itself ended it, before it could take one. */
  readonly ended: Promise<number>;
}

/** As from a shell: a process group of its own, which a terminal's Ctrl-C goes to. */
function start(args: readonly string[]): Started {
  const child = spawn(launcherNode(), [program, ...args, state.option], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      TMPDIR: join(folder, 'tmp'),
      NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  }
  const ended = new Promise<number>((resolve) => {
    child.once('close', (code, signal) =>
      resolve(code ?? { SIGINT: 130, SIGTERM: 143 }[signal as string] ?? -1),
    );
  });
  return { child, output: () => output, ended };
}

const HOW: Readonly<Record<string, (child: ChildProcess) => void>> = {
  'Ctrl-C': ({ pid }) => void process.kill(-pid!, 'SIGINT'),
  SIGTERM: ({ pid }) => void process.kill(pid!, 'SIGTERM'),
};

/** Where builds work: on this machine, and in the pods' claims. */
const scratchFolders = (): string[] => globSync('{build,pods/claims/*/*/build}/*', { cwd: state.folder });

let earlier: ReadonlySet<string>;
beforeEach(() => {
  earlier = new Set(scratchFolders());
});

async function assertNothingLeft(what: string): Promise<void> {
  const problems = (): string[] => [
    ...leftovers(state.folder),
    ...leftovers(join(folder, 'tmp')),
    ...namesIn(folder, 'tmp').map((name) => `temporary ${name}`),
    ...scratchFolders().filter((name) => !earlier.has(name)),
    ...(existsSync(join(state.folder, 'control-plane.json')) ? ['the lock'] : []),
  ];
  // The last of the group may end a moment after the launcher.
  await eventually(() => problems().length === 0, { what: 'nothing left', deadlineMs: 3000 }).catch(() => {
    assert.deepEqual(problems(), [], what);
  });
}

const commands: [name: string, args: () => string[], begun: RegExp][] = [
  ['run', () => ['run', '-f', join(folder, 'task.yaml')], /\[wait\] begun/],
  ['build', () => ['build', join(folder, 'app'), '--to', 'interrupted/app'], /\[build\] .*begun/],
  ['image build', () => ['image', 'build', '--no-cache', join(folder, 'app'), '-t', 'interrupted'], /begun/],
  ['up', () => ['up', '--api-port=0', '--registry-port=0'], /export KUBECONFIG/],
  ['demo', () => ['demo'], /\[build\] /],
];

for (const [name, args, begun] of commands) {
  describe(`slipway ${name}`, () => {
    for (const [how, interrupt] of Object.entries(HOW)) {
      test(`${how} in the middle`, async () => {
        const { child, output, ended } = start(args());
        await eventually(() => begun.test(output()), { what: `${begun}`, deadlineMs: 60_000 });
        interrupt(child);
        const expected = name === 'up' && how === 'SIGTERM' ? 0 : 130;
        assert.equal(await ended, expected, output());
        assert.doesNotMatch(output(), /^\s+at /m);
        await assertNothingLeft(output());
      });

      test(`${how} at a random moment`, async () => {
        const { child, output, ended } = start(args());
        const ms = Math.round(Math.random() * 3000);
        await sleep(ms);
        const isDone = child.exitCode !== null;
        if (!isDone) interrupt(child);
        const code = await ended;
        const fine = isDone || (name === 'up' && how === 'SIGTERM') ? [0, 130, 143] : [130, 143];
        assert.ok(fine.includes(code), `after ${ms} ms: exit code ${code}\n${output()}`);
        await assertNothingLeft(`after ${ms} ms:\n${output()}`);
      });
    }
  });
}

test('a second Ctrl-C ends at once', async () => {
  const { child, output, ended } = start(['run', '-f', join(folder, 'impatient.yaml')]);
  await eventually(() => /begun/.test(output()), { what: 'the step', deadlineMs: 30_000 });
  HOW['Ctrl-C']!(child);
  await eventually(() => /cancelling/.test(output()), { what: 'the cancellation', deadlineMs: 10_000 });
  const pressed = performance.now();
  HOW['Ctrl-C']!(child);
  assert.equal(await ended, 130);
  assert.ok(performance.now() - pressed < 1000);
});

test('every TaskRun that was begun is over, the interrupted ones as cancelled', async () => {
  const { kubeconfig } = await startControlPlane(state);
  const jsonpath = '{range .items[*]}{.metadata.name} {.status.conditions[0].reason}{"\\n"}{end}';
  const list = ['--kubeconfig', kubeconfig, 'get', 'taskruns', '-A', '-o', `jsonpath=${jsonpath}`];
  const runs = async (): Promise<string[]> =>
    (await execute('kubectl', list)).stdout.split('\n').filter((line) => line.startsWith(TASK));
  await eventually(async () => !(await runs()).some((line) => /Running|Started|Pending| $/.test(line)), {
    what: 'the end of all runs',
    deadlineMs: 20_000,
  });
  const cancelled = (await runs()).filter((line) => !line.includes('impatient'));
  assert.ok(cancelled.length >= 2);
  for (const line of cancelled) assert.match(line, / TaskRunCancelled$/);
  await slipway(['down', state.option]);
  await assertNothingLeft('after all');
});
