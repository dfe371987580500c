// A state folder on a disk that is full: each command says so and leaves nothing half-written, and works again with space.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { eventually } from '@slipway/testkit';
import { execute, type Outcome, slipway } from '../cli.ts';
import { leftovers, namesIn } from '../leftovers.ts';

const MIB = 1024 * 1024;

let folder: string;
let disk: string;
let option: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-full-disk-'));
  disk = join(folder, 'disk');
  option = `--state-dir=${disk}/state`;
  await mkdir(disk);
  await mkdir(join(folder, 'app'));
  await copyFile('/bin/busybox', join(folder, 'app/busybox'));
  await writeFile(join(folder, 'app/random'), randomBytes(8 * MIB));
  await writeFile(join(folder, 'app/Dockerfile'), 'FROM scratch\nCOPY busybox /bin/\nCOPY busybox /bin/sh\n');
  await writeFile(join(folder, 'app/Large'), 'FROM scratch\nCOPY random /\n');
  await writeFile(
    join(folder, 'task.yaml'),
    `apiVersion: tekton.dev/v1
kind: Task
metadata: {name: small}
spec: {steps: [{name: say, image: small, imagePullPolicy: IfNotPresent, command: [/bin/busybox, echo, hello]}]}
`,
  );
  await mountDisk();
});
after(async () => {
  await slipway(['down', option]);
  await execute('umount', ['--recursive', disk]);
  await rm(folder, { recursive: true, force: true });
});

async function mountDisk(): Promise<void> {
  const mount = await execute('mount', ['-t', 'tmpfs', '-o', 'size=48m,mode=755', 'tmpfs', disk]);
  assert.equal(mount.code, 0, mount.stderr);
}

/** Takes all the space that there is, to the last block. */
async function fill(): Promise<void> {
  await using file = await open(join(disk, 'filler'), 'w');
  for (const size of [MIB, 4096]) {
    const block = Buffer.alloc(size, 1);
    while (
      await file.write(block).then(
        ({ bytesWritten }) => bytesWritten === size,
        () => false,
      )
    ) {}
  }
}

const free = (): Promise<void> => rm(join(disk, 'filler'), { force: true });

function assertFull({ code, stdout, stderr }: Outcome): void {
  assert.equal(code, 9, stdout + stderr);
  assert.match(stderr, /full/);
  assert.match(stderr, new RegExp(`${disk}/state`));
  assert.match(stderr, /^hint: /m);
  assert.doesNotMatch(stderr, /^\s+at /m);
}

async function assertNothingHalfWritten(): Promise<void> {
  const state = join(disk, 'state');
  const all = (await readdir(state, { recursive: true }).catch(() => [])).map(String);
  assert.deepEqual(
    all.filter((name) => /\.new$|control-plane\.json|^content\/ingest\/.|^build\/.|^users\/./.test(name)),
    [],
  );
  const left = (): string[] => leftovers(disk);
  await eventually(() => left().length === 0, { what: 'the end of all', deadlineMs: 3000 }).catch(() => {
    assert.deepEqual(left(), []);
  });
}

const imageBuild = (...args: string[]): Promise<Outcome> =>
  slipway(['image', 'build', join(folder, 'app'), ...args, option]);

describe('a disk that is full from the start', () => {
  beforeEach(fill);
  after(free);
  const commands: [title: string, run: () => Promise<Outcome>][] = [
    ['up', () => slipway(['up', option])],
    ['up --detach', () => slipway(['up', '--detach', option])],
    ['image build', () => imageBuild('-t', 'small')],
    ['run', () => slipway(['run', '-f', join(folder, 'task.yaml'), option])],
    ['build', () => slipway(['build', join(folder, 'app'), '--to', 'demo/app', option])],
    ['seed', () => slipway(['seed', 'busybox', option])],
  ];
  for (const [title, run] of commands) {
    test(title, async () => {
      assertFull(await run());
      await assertNothingHalfWritten();
    });
  }
});

describe('a disk that fills while there is work', () => {
  before(async () => {
    const built = await imageBuild('-t', 'small');
    assert.equal(built.code, 0, built.stderr);
  });

  test('image build: a layer does not fit; with space it does', async () => {
    await writeFile(join(disk, 'filler'), Buffer.alloc(30 * MIB, 1));
    const large = (): Promise<Outcome> => imageBuild('-f', join(folder, 'app/Large'), '-t', 'large');
    const tight = await large();
    if (tight.code !== 0) assertFull(tight);
    await fill();
    assertFull(await large());
    await assertNothingHalfWritten();
    await free();
    const spacious = await large();
    assert.equal(spacious.code, 0, spacious.stderr);
  });

  test('run: the control plane refuses what it cannot store; with space it runs', async () => {
    const up = await slipway(['up', '--detach', '--api-port=0', '--registry-port=0', option]);
    assert.equal(up.code, 0, up.stderr);
    await fill();
    const run = (): Promise<Outcome> => slipway(['run', '-f', join(folder, 'task.yaml'), option]);
    assertFull(await run());
    await free();
    const again = await run();
    assert.equal(again.code, 0, again.stdout + again.stderr);
    assert.match(again.stdout, /\[say\] hello/);
    assert.equal((await slipway(['down', option])).code, 0);
    assert.ok(!existsSync(join(disk, 'state/control-plane.json')));
    await assertNothingHalfWritten();
    assert.deepEqual(namesIn(disk, 'filler'), []);
  });
});
