// A build in place makes the image that the user namespace makes: the cases of the parity suite that run something, one after the
// other in one container.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { storePaths } from '@slipway/builder';
import { ContentStore, type Digest, decompressLayer, type ImageManifest, parseManifest } from '@slipway/oci';
import { Workbench } from './builder/workbench.ts';
import { ExecutorContainer, makeExecutorRoot } from './in-place/executor-container.ts';
import type { BuiltImage } from './parity/built-image.ts';
import { makeContext, type ParityCase, parityCases } from './parity/cases.ts';
import { differences } from './parity/compare.ts';
import { type Member, readMembers } from './parity/flatten.ts';
import { pushBases } from './parity/push-bases.ts';

const only = process.env.PARITY_CASE;
const EPOCH = 1_000_000_000;

/** What only names of one file have. */
const LINKED =
  /^\/(opt\/tool\/(again|one|third)|h\d|hd\/h3|x\/opt\/(ONE|moved\/again)) (content|mode|mtime|names|size): /;

/** Cases that differ, what of them does, and why it stays so. */
const DIFFERENT: Readonly<Record<string, readonly [line: RegExp, reason: string]>> = {
  'run-capabilities': [/^\/(tmp\/)?capabilities content: /, 'they are those of the container'],
  'run-changes-lower': [LINKED, 'an overlay separates the names of a file, as its copy has one'],
  'run-hardlinks': [LINKED, 'the same'],
  'run-hosts-and-resolv': [/^\/etc-list (content|size): /, "the files are the container's own"],
  'run-mknod': [
    /^(the user namespace|in place it) fails: .*Operation not permitted/s,
    'CAP_MKNOD is missing',
  ],
  'run-mount-options': [
    /^\/(cache content|tmpfs-ro): /,
    'a cache is a link to its folder, a tmpfs a plain one',
  ],
  'run-mounts': [/^\/cache-mode content: /, 'a cache is a link to its folder'],
  'run-network-none': [/^in place it fails: .*--network=none needs a namespace/s, 'there is none'],
  'run-on-scratch': [/^in place it fails: .*the image has \/busybox, and/s, "it is the executor's shell"],
  'run-renames': [LINKED, 'the same'],
  'run-replaces-types': [LINKED, 'a file that lost a name counts as changed'],
};

/** Images of the same files in other layers: an overlay puts an opaque folder for one that was removed and made again. */
const OTHER_LAYERS: ReadonlySet<string> = new Set(['run-opaque', 'run-removes']);

const cases = parityCases().filter(({ name, fails }) => {
  const file = join(import.meta.dirname, 'parity/testdata', name, 'Dockerfile');
  const runs = /^ *(onbuild +)?run\b/im.test(readFileSync(file, 'utf8'));
  return runs && fails === undefined && (only === undefined || new RegExp(only).test(name));
});

let bench: Workbench;
let container: ExecutorContainer;

before(async () => {
  bench = await Workbench.open();
  await pushBases(bench);
  for (const name of ['executor', 'container-1', 'shared']) mkdirSync(bench.folder.join(name));
  makeExecutorRoot(bench.folder.join('executor'));
  container = await ExecutorContainer.start({
    image: bench.folder.join('executor'),
    folder: bench.folder.join('container-1'),
    shared: [bench.folder.join('shared')],
  });
});
after(async () => {
  await container?.[Symbol.asyncDispose]();
  await bench?.[Symbol.asyncDispose]();
});

interface Built {
  readonly digest: Digest;
  readonly image: BuiltImage;
}

async function inNamespace(each: ParityCase, context: string): Promise<Built | string> {
  const { target, secrets, labels, buildArgs } = each;
  const store = storePaths(bench.folder.join('state-userns'));
  const options = {
    target,
    secrets,
    labels,
    buildArgs,
    isolation: 'userns',
    store,
    sourceDateEpoch: EPOCH,
  } as const;
  const built = await bench.build(context, options).catch((error: Error) => error.message);
  return typeof built === 'string' ? built : await imageOf(store.contentDir, built.result.manifest.digest);
}

async function inPlace(each: ParityCase, context: string): Promise<Built | string> {
  const { target, secrets = {}, labels = {}, buildArgs = {} } = each;
  const pairs = (flag: string, values: Readonly<Record<string, string>>): string[] =>
    Object.entries(values).map(([name, value]) => `--${flag}=${name}=${value}`);
  const cache = bench.folder.join('shared/cache');
  const digest = bench.folder.join('shared/digest');
  rmSync(digest, { force: true });
  const { code, output } = await container.exec(
    [
      ...['/kaniko/executor', '--isolation=in-place', '--reproducible', '--no-push', `--context=${context}`],
      ...[`--registry-map=docker.io=${bench.registry}`, `--cache-dir=${cache}`, `--digest-file=${digest}`],
      ...[...pairs('label', labels), ...pairs('build-arg', buildArgs)],
      ...Object.keys(secrets).map((id) => `--secret=id=${id},env=SECRET_${id}`),
      ...(target === undefined ? [] : [`--target=${target}`]),
    ],
    {
      SOURCE_DATE_EPOCH: `${EPOCH}`,
      ...Object.fromEntries(Object.entries(secrets).map(([id, value]) => [`SECRET_${id}`, String(value)])),
    },
  );
  if (code !== 0) return output;
  const { contentDir } = storePaths(join(cache, 'slipway'));
  return await imageOf(contentDir, readFileSync(digest, 'utf8').trim() as Digest);
}

async function imageOf(contentDir: string, digest: Digest): Promise<Built> {
  const content = await ContentStore.open(contentDir);
  const { config, layers } = parseManifest(await content.read(digest)) as ImageManifest;
  const members: Member[][] = [];
  for (const layer of layers)
    members.push(await readMembers(decompressLayer(await content.open(layer.digest))));
  const image = { config: JSON.parse((await content.read(config.digest)).toString()), layers: members };
  return { digest, image };
}

for (const each of cases) {
  test(`in place as in a user namespace: ${each.name}`, async () => {
    const context = bench.folder.join('shared', each.name);
    makeContext(each, context);
    const namespace = await inNamespace(each, context);
    const place = await inPlace(each, context);
    const lines: string[] = [];
    if (typeof namespace === 'string') lines.push(`the user namespace fails: ${namespace}`);
    if (typeof place === 'string') lines.push(`in place it fails: ${place}`);
    if (typeof namespace !== 'string' && typeof place !== 'string')
      lines.push(...differences(place.image, namespace.image, { began: EPOCH + 1, treeOnly: true }));
    const [known] = DIFFERENT[each.name] ?? [];
    assert.deepEqual(
      lines.filter((line) => !known?.test(line)),
      [],
    );
    if (known === undefined && !OTHER_LAYERS.has(each.name))
      assert.equal((place as Built).digest, (namespace as Built).digest);
    assert.equal(lines.length > 0, known !== undefined, 'a difference that is gone is listed no more');
  });
}
