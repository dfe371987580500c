import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import {
  listCache,
  type ProgressEvent,
  pruneCache,
  type RunBuildOptions,
  storePaths,
} from '@slipway/builder';
import { ContentStore, type Digest } from '@slipway/oci';
import { mountsBelow, Workbench } from './builder/workbench.ts';

type Miss = ProgressEvent & { type: 'miss' };

let bench: Workbench;
let context: string;

before(async () => {
  bench = await Workbench.open();
  await bench.pushBusybox();
});

after(async () => {
  await bench[Symbol.asyncDispose]();
});

const DOCKERFILE = [
  'FROM docker.io/library/busybox:1 AS build',
  'ARG VERSION=1',
  'COPY src /src/',
  'RUN echo $VERSION > /version',
  'FROM docker.io/library/busybox:1',
  'WORKDIR /app',
  'COPY --from=build /version .',
  'RUN cat version',
  '',
].join('\n');

beforeEach(async () => {
  context = bench.context({ Dockerfile: DOCKERFILE, 'src/a': 'one', 'src/b': 'two', 'src/c/d': 'three' });
  await bench.build(context);
});

/** Builds again; the first words of the steps that missed, with their reasons. */
async function misses(options: Partial<RunBuildOptions> = {}): Promise<[title: string, Miss][]> {
  const { events } = await bench.build(context, options);
  const titles = new Map(events.flatMap((e) => (e.type === 'start' ? [[e.step, e.title] as const] : [])));
  return events.flatMap((event) =>
    event.type === 'miss' ? [[titles.get(event.step)!, event] as [string, Miss]] : [],
  );
}

function write(name: string, content: string): void {
  writeFileSync(join(context, name), content);
}

test('nothing changed: nothing to explain', async () => {
  assert.deepEqual(await misses(), []);
  assert.deepEqual(await misses(), []);
});

test('files: changed by content and by mode, added, removed', async () => {
  write('src/a', 'other');
  write('src/new', 'x');
  chmodSync(join(context, 'src/c/d'), 0o755);
  rmSync(join(context, 'src/b'));
  const [[title, copy], [, run]] = (await misses()) as [[string, Miss], [string, Miss]];
  assert.match(title, /COPY src/);
  assert.equal(
    copy.text,
    '2 files changed: src/a (content), src/c/d (mode), 1 file added: src/new, 1 file removed: src/b',
  );
  assert.deepEqual(copy.reasons, [
    {
      kind: 'files',
      changed: [
        { path: 'src/a', what: ['content'] },
        { path: 'src/c/d', what: ['mode'] },
      ],
      added: ['src/new'],
      removed: ['src/b'],
      counts: { changed: 2, added: 1, removed: 1 },
    },
  ]);
  assert.deepEqual(run.reasons, [{ kind: 'parent', step: title }]);
});

test('a file that RUN reads through a bind mount', async () => {
  const dockerfile =
    'FROM docker.io/library/busybox:1\nRUN --mount=type=bind,source=src,target=/src cat /src/a > /a\n';
  write('Dockerfile', dockerfile);
  await bench.build(context);
  write('src/a', 'other');
  assert.deepEqual(
    (await misses()).map(([, { text }]) => text),
    ['1 file changed: src/a (content)'],
  );
});

test('an instruction that changed, one that is new, and those behind them', async () => {
  write('Dockerfile', DOCKERFILE.replace('RUN cat version', 'RUN cat version version'));
  const [[, changed]] = (await misses()) as [[string, Miss]];
  assert.equal(changed.text, 'the instruction changed: "RUN cat version" → "RUN cat version version"');
  write('Dockerfile', DOCKERFILE);
  await bench.build(context);
  write('Dockerfile', DOCKERFILE.replace('WORKDIR /app', 'RUN true > /marker\nWORKDIR /app'));
  const texts = (await misses()).map(([, { text }]) => text);
  assert.deepEqual(texts, [
    'the instruction is new in this stage',
    // The COPY between them makes a layer that is known.
    'a step before it was run again: [stage-1 2/5] RUN true > /marker',
    'a step before it was run again: [stage-1 2/5] RUN true > /marker',
  ]);
});

test('a build argument is named, its value is nowhere; a stage that files come from', async () => {
  const secret = 'hunter2-in-a-build-arg';
  const [[, run], [, copy]] = (await misses({ buildArgs: { VERSION: secret } })) as [
    [string, Miss],
    [string, Miss],
  ];
  assert.equal(run.text, 'build argument VERSION changed');
  assert.equal(
    copy.text,
    'stage build, which files are taken from, changed; 1 file changed: version (content)',
  );
  const found = spawnSync('grep', ['-rl', secret, join(bench.stateDir, 'build-cache', 'explain')]);
  assert.equal(found.stdout.toString(), '');
});

test('a base image that moved, and a FROM that names another', async () => {
  const tag = `${bench.registry}/library/moving:1`;
  const push = async (content: string): Promise<void> => {
    const folder = bench.context({ Dockerfile: `FROM scratch\nCOPY file /file\n`, file: content });
    await bench.build(folder, { destinations: [tag] });
  };
  await push('one');
  write('Dockerfile', 'FROM docker.io/library/moving:1\nWORKDIR /x\n');
  await bench.build(context);
  await push('two');
  const [[, moved]] = (await misses()) as [[string, Miss]];
  assert.match(
    moved.text,
    /^the base image docker.io\/library\/moving:1 moved: sha256:[0-9a-f]{12} → sha256:[0-9a-f]{12}$/,
  );
  write('Dockerfile', 'FROM docker.io/library/busybox:1\nWORKDIR /x\n');
  const [[, other]] = (await misses()) as [[string, Miss]];
  assert.equal(other.text, 'FROM changed: docker.io/library/moving:1 → docker.io/library/busybox:1');
});

test('a result that is gone, no cache, and a context that is new', async () => {
  rmSync(join(bench.stateDir, 'build-cache', 'instructions'), { recursive: true });
  const [[, gone]] = (await misses()) as [[string, Miss]];
  assert.equal(gone.text, 'its result was removed from the cache');
  assert.ok((await misses({ noCache: true })).every(([, { reasons }]) => reasons[0]?.kind === 'no-cache'));
  context = bench.context({ Dockerfile: DOCKERFILE, 'src/a': 'never seen' });
  const [[, first]] = (await misses()) as [[string, Miss]];
  assert.deepEqual(first.reasons, [{ kind: 'first-build' }]);
});

test('the cache is listed: results with their instructions, unpacked layers, cache mounts', async () => {
  write(
    'Dockerfile',
    'FROM docker.io/library/busybox:1\nRUN --mount=type=cache,target=/kept,id=things echo x > /kept/x && echo y > /y\n',
  );
  await bench.build(context);
  const items = await listCache({ store: storePaths(bench.stateDir) });
  assert.ok(
    items.some(({ kind, description }) => kind === 'result' && description.startsWith('RUN --mount')),
  );
  assert.ok(items.some(({ kind, size }) => kind === 'layer' && size > 0));
  assert.ok(items.some(({ kind, description }) => kind === 'mount' && description.endsWith('id=things')));
  assert.ok(items.every(({ inUse }) => !inUse));
});

test('prune: a dry run removes nothing, --all everything, and the next build works', async () => {
  const store = storePaths(bench.stateDir);
  const dry = await pruneCache({ store, policy: { all: true }, dryRun: true });
  assert.ok(dry.freedBytes > 0);
  assert.deepEqual(await misses(), []);
  const { keptBytes } = await pruneCache({ store, policy: { all: true } });
  assert.equal(keptBytes, 0);
  assert.deepEqual(await listCache({ store }), []);
  const again = await misses();
  assert.equal(again.length, 5);
  assert.deepEqual(await misses(), []);
});

test('prune leaves blobs that others need, and says so', async () => {
  const { result } = await bench.build(context);
  const shared = result.layers.at(-1)!.descriptor.digest;
  const store = storePaths(bench.stateDir);
  const needed = async (): Promise<Digest[]> => [shared];
  const { removed } = await pruneCache({ store, needed, policy: { all: true } });
  assert.ok(removed.some((item) => item.shared && item.size === 0));
  const content = await ContentStore.open(store.contentDir);
  assert.ok(await content.stat(shared));
});

test('a limit is kept after the build, least recently used first, and never at the cost of this build', async () => {
  const store = storePaths(bench.stateDir);
  await pruneCache({ store, policy: { all: true } });
  await bench.build(context);
  const other = bench.context({ Dockerfile: DOCKERFILE, 'src/other': 'x' });
  const { events } = await bench.build(other, { cacheLimit: { maxBytes: 1 } });
  assert.ok(events.some((event) => event.type === 'note' && event.text.startsWith('cache: removed')));
  const steps = (await bench.build(other)).result.steps.filter(({ status }) => status === 'done');
  assert.deepEqual(
    steps.map(({ title }) => title.replace(/.*\] /, '')).filter((title) => !title.startsWith('FROM')),
    [],
  );
  assert.equal((await misses())[0]?.[1].text, 'its result was removed from the cache');
});

test('while a build runs, prune leaves what it uses; builds and prunes at the same time all succeed', async () => {
  const store = storePaths(bench.stateDir);
  write('Dockerfile', `${DOCKERFILE}RUN sleep 2\n`);
  const building = bench.build(context);
  const prunes = (async () => {
    for (let i = 0; i < 6; i += 1) {
      await pruneCache({ store, policy: { all: true } });
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  })();
  const others = [1, 2, 3].map(async (i) => {
    const folder = bench.context({ Dockerfile: DOCKERFILE, 'src/n': `${i}` });
    await bench.build(folder);
    return await bench.build(folder, { cacheLimit: { maxBytes: 1 } });
  });
  const [{ result }] = await Promise.all([building, ...others, prunes]);
  assert.equal(result.steps.at(-1)?.status, 'done');
  assert.deepEqual(mountsBelow(bench.stateDir), []);
});
