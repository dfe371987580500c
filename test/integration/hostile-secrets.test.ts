// Secrets, a push password and a build argument in one build: every byte of the image, the stores, the scratch folder, the
// events and the process list is searched for them, while RUN runs and afterwards.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { ProgressEvent } from '@slipway/builder';
import { SlipwayError } from '@slipway/core';
import type { AccessController } from '@slipway/registry';
import { Workbench } from './builder/workbench.ts';

const random = (): string => randomBytes(12).toString('hex');
const SECRETS = { file: random(), variable: random(), password: random() };
const ARGUMENT = random();
const credentials = { get: async () => ({ username: 'builder', password: SECRETS.password }) };

/** Everybody reads, who has the password writes. */
const access: AccessController = {
  challenge: 'basic',
  authenticate: async ({ authorization }) => {
    if (authorization === undefined) return { name: 'anonymous', anonymous: true };
    const wanted = `Basic ${Buffer.from(`builder:${SECRETS.password}`).toString('base64')}`;
    if (authorization === wanted) return { name: 'builder', anonymous: false };
    throw new SlipwayError('unauthenticated', 'PASSWORD_WRONG', 'the password is wrong');
  },
  authorize: async ({ anonymous }, { action }) => ({
    allowed: action === 'pull' || !anonymous,
    reason: 'log in',
  }),
};

let bench: Workbench;
before(async () => {
  bench = await Workbench.open(access);
  await bench.pushBusybox({ credentials });
});
after(() => bench?.[Symbol.asyncDispose]());

/** The names of what is found in the bytes, as it is, as base64 (an Authorization header) or compressed. */
function found(bytes: Buffer, values: Readonly<Record<string, string>>): string[] {
  const texts = [bytes];
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) texts.push(gunzipSync(bytes));
  return Object.entries(values)
    .filter(([, value]) => {
      const encoded = Buffer.from(value).toString('base64').replace(/=+$/, '');
      return texts.some((text) => text.includes(value) || text.includes(encoded));
    })
    .map(([name]) => name);
}

/** `path: names` for each file below the folder that has one of the values; files may vanish meanwhile. */
function searchFolder(folder: string, values: Readonly<Record<string, string>>): string[] {
  const entries = ((): Dirent[] => {
    try {
      return readdirSync(folder, { withFileTypes: true });
    } catch {
      return [];
    }
  })();
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return searchFolder(path, values);
    if (!entry.isFile()) return [];
    const names = found(readOrEmpty(path), values);
    return names.length === 0 ? [] : [`${path}: ${names.join(', ')}`];
  });
}

function readOrEmpty(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

/** How many pid namespaces deep a process is: a RUN's own is the deepest. */
function depthOf(pid: string): number {
  return (/^NSpid:(.*)$/m.exec(readOrEmpty(`/proc/${pid}/status`).toString())?.[1] ?? '').trim().split(/\s+/)
    .length;
}

/** What the process list shows of the secrets; a RUN that asked for a variable has that one in its own environment. */
function searchProcesses(runDepth: number): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const { variable, ...others } = SECRETS;
    const isRun = depthOf(pid) >= runDepth;
    const argumentsFound = found(readOrEmpty(`/proc/${pid}/cmdline`), SECRETS);
    const environment = found(readOrEmpty(`/proc/${pid}/environ`), isRun ? others : { variable, ...others });
    const comm = readOrEmpty(`/proc/${pid}/comm`).toString().trim();
    return [
      ...argumentsFound.map((name) => `${name} in the arguments of ${comm}`),
      ...environment.map((name) => `${name} in the environment of ${comm}`),
    ];
  });
}

const DOCKERFILE = `FROM docker.io/library/busybox:1
ARG ARGUMENT
RUN --mount=type=secret,id=file --mount=type=secret,id=variable,env=VARIABLE \\
    sha256sum < /run/secrets/file > /proof; printf %s "$VARIABLE" | sha256sum >> /proof; \\
    cat /proc/[0-9]*/cmdline > /processes; echo running; sleep 2
RUN env > /environment; cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ >> /environment; ls -R / | head -c 100000 >> /environment 2>&1
RUN --mount=type=secret,id=file,target=/etc/token,mode=0444 test -s /etc/token
`;

test('secrets and passwords are nowhere; a build argument is where docker has it', async () => {
  const context = bench.context({ Dockerfile: DOCKERFILE });
  const events: ProgressEvent[] = [];
  const seen: string[] = [];
  let running = false;
  const watch = async (): Promise<void> => {
    const own = depthOf(String(process.pid));
    while (!events.some((event) => event.type === 'output' && event.line === 'running')) await sleep(5);
    running = true;
    for (let round = 0; round < 5; round += 1) {
      seen.push(...searchProcesses(own + 2), ...searchFolder(bench.stateDir, SECRETS));
      await sleep(100);
    }
  };
  const building = bench.build(context, {
    buildArgs: { ARGUMENT },
    secrets: { file: SECRETS.file, variable: SECRETS.variable },
    destinations: [`${bench.registry}/team/app:1`],
    credentials,
    progress: { emit: (event) => void events.push(event) },
  });
  const [{ result }] = await Promise.all([building, watch()]);
  assert.ok(running);
  assert.deepEqual(seen, []);

  const files = await bench.files(result, 3);
  const digest = (value: string): string => `${createHash('sha256').update(value).digest('hex')}  -\n`;
  assert.equal(files.get('proof')?.content, digest(SECRETS.file) + digest(SECRETS.variable));
  assert.deepEqual(searchFolder(bench.folder.path, SECRETS), []);
  assert.deepEqual(found(Buffer.from(JSON.stringify(events)), SECRETS), []);

  // Docker writes build arguments into the history, and RUN has them in its environment: they are no secrets.
  const { history = [] } = await bench.config(result);
  assert.match(
    JSON.stringify(history),
    new RegExp(`ARG ARGUMENT=${ARGUMENT}.*RUN \\|1 ARGUMENT=${ARGUMENT} `),
  );
  const places = searchFolder(bench.folder.path, { ARGUMENT });
  const blobs = [result.configDigest, ...result.layers.slice(-2).map(({ descriptor }) => descriptor.digest)];
  const allowed = new RegExp(blobs.map((blob) => blob.slice('sha256:'.length)).join('|'));
  assert.deepEqual(
    places.filter((place) => !allowed.test(place) && !place.includes(`${bench.stateDir}/layers/`)),
    [],
  );
});

test('a step that fails with secrets, and a push with a wrong password, do not tell them', async () => {
  const context = bench.context({
    Dockerfile:
      'FROM docker.io/library/busybox:1\nRUN --mount=type=secret,id=variable,env=VARIABLE test -z "$VARIABLE"\n',
  });
  const texts: string[] = [];
  const build = async (options: Parameters<Workbench['build']>[1]): Promise<void> => {
    const progress = { emit: (event: ProgressEvent) => void texts.push(JSON.stringify(event)) };
    const error = await bench.build(context, { ...options, progress }).then(
      () => assert.fail('it was built'),
      (error: unknown) => error,
    );
    assert.ok(error instanceof SlipwayError);
    texts.push(error.message, String(error.hint), String(error.stack), JSON.stringify(error.cause ?? ''));
  };
  await build({ secrets: { variable: SECRETS.variable } });
  const wrong = random();
  await build({
    secrets: { variable: '' },
    destinations: [`${bench.registry}/team/app:2`],
    credentials: { get: async () => ({ username: 'builder', password: wrong }) },
  });
  assert.deepEqual(found(Buffer.from(texts.join('\n')), { ...SECRETS, wrong }), []);
  assert.deepEqual(searchFolder(bench.folder.path, { ...SECRETS, wrong }), []);
});
