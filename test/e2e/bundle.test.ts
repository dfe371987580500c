import assert from 'node:assert/strict';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { type CliOptions, execute, type Outcome, root } from '../cli.ts';

const node = process.execPath;
const PARTS = ['bin', 'packages', 'tools', 'package.json', 'tsconfig.json'];
/** What the help begins with, where the sources run and where the bundle does. */
const SOURCES = 'Build container images from Git';
const BUNDLE = SOURCES.toUpperCase();

let folder = '';
/** A copy of this checkout, whose bundle says so in its help. */
let checkout = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-bundle-'));
  checkout = join(folder, 'checkout');
  for (const part of PARTS) await cp(join(root, part), join(checkout, part), { recursive: true });
  await linkPackages(join(root, 'node_modules'), join(checkout, 'node_modules'));
});
after(async () => await rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  await rm(join(checkout, 'dist'), { recursive: true, force: true });
  await bundle();
});

/** The packages of npm as they are, those of the workspace as they were copied. */
async function linkPackages(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const name of await readdir(from)) {
    const isOwn = name === '@slipway';
    if (isOwn) await cp(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    else await symlink(join(from, name), join(to, name));
  }
}

async function bundle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 50)); // A source that has just changed may change again.
  const { code, stderr } = await execute(node, ['tools/bundle.js'], { cwd: checkout });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  await markBundle();
}

interface Manifest {
  readonly program: string;
  readonly files: [path: string, size: number, changed: number][];
}

const manifestFile = (): string => join(checkout, 'dist/bundle.json');
const readManifest = async (): Promise<Manifest> => JSON.parse(await readFile(manifestFile(), 'utf8'));

/** The text of a file of the bundle; where a line of it ends within a string does not matter. */
async function readBundled(path: string): Promise<string> {
  return (await readFile(join(checkout, path), 'utf8')).replaceAll('\\\n', '');
}

/** The file of the bundle that has this text; relative. */
async function fileWith(text: string): Promise<string> {
  const { program, files } = await readManifest();
  for (const [path] of files)
    if (path.startsWith(dirname(program)) && (await readBundled(path)).includes(text)) return path;
  throw new Error(`no file of the bundle has "${text}"`);
}

/** Changes the bundle in a way that the manifest knows. */
async function markBundle(): Promise<void> {
  const path = await fileWith(SOURCES);
  const file = join(checkout, path);
  await writeFile(file, (await readBundled(path)).replace(SOURCES, BUNDLE));
  const { size, mtimeMs } = await stat(file);
  const { files, ...rest } = await readManifest();
  const marked = files.map((entry) => (entry[0] === path ? [path, size, mtimeMs] : entry));
  await writeFile(manifestFile(), JSON.stringify({ ...rest, files: marked }));
}

async function slipway(args: readonly string[], options: CliOptions = {}): Promise<Outcome> {
  return await execute(node, [join(checkout, 'bin/slipway.js'), ...args], options);
}

async function assertRuns(text: string): Promise<void> {
  const { code, stdout, stderr } = await slipway(['--help']);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.ok(stdout.includes(text), stdout.slice(0, 200));
}

test('a bundle that is made of the sources as they are is what runs', async () => await assertRuns(BUNDLE));

test('sources run when one was edited or only touched, until they are bundled again', async () => {
  const program = join(checkout, 'packages/cli/src/program.ts');
  const text = await readFile(program, 'utf8');
  const edited = SOURCES.replace('Build', 'Bould');
  await writeFile(program, text.replace(SOURCES, edited));
  await assertRuns(edited);
  await writeFile(program, text);
  await bundle();
  await assertRuns(BUNDLE);
  await utimes(join(checkout, 'packages/oci/package.json'), new Date(), new Date());
  await assertRuns(SOURCES);
});

test('a source that changes while it is bundled leaves no bundle', async () => {
  const later = new Date(Date.now() + 60_000);
  await utimes(join(checkout, 'packages/oci/src/index.ts'), later, later);
  const { code, stderr } = await execute(node, ['tools/bundle.js'], { cwd: checkout });
  await utimes(join(checkout, 'packages/oci/src/index.ts'), new Date(), new Date());
  assert.equal(code, 1);
  assert.equal(stderr, 'bundle: packages/oci/src/index.ts was changed while it was bundled\n');
  await assertRuns(SOURCES);
});

async function cutInHalf(path: string): Promise<void> {
  const bytes = await readFile(join(checkout, path));
  await writeFile(join(checkout, path), bytes.subarray(0, bytes.length / 2));
}

const damages: [what: string, damage: () => Promise<void>][] = [
  ['a file is gone', async () => await rm(join(checkout, await fileWith(BUNDLE)))],
  ['a file is half there', async () => await cutInHalf(await fileWith(BUNDLE))],
  [
    'its folder is gone',
    async () => await rm(join(checkout, dirname((await readManifest()).program)), { recursive: true }),
  ],
  ['the manifest is half there', async () => await cutInHalf('dist/bundle.json')],
  ['the manifest is none', async () => await writeFile(manifestFile(), 'null')],
  ['the manifest is a folder', async () => await rm(manifestFile()).then(() => mkdir(manifestFile()))],
];
for (const [what, damage] of damages) {
  test(`a damaged bundle does not run, and nobody hears of it: ${what}`, async () => {
    await damage();
    await assertRuns(SOURCES);
  });
}

test('it runs where nothing can be written, and from the checkout of somebody else', async () => {
  const readOnly =
    'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && exec "$2" "$1/bin/slipway.js" --help';
  const outcome = await execute('unshare', ['--mount', 'sh', '-c', readOnly, 'sh', checkout, node]);
  assert.ok(outcome.stdout.includes(BUNDLE), outcome.stderr);
  await execute('chown', ['-R', '12345:12345', checkout]);
  await assertRuns(BUNDLE);
});

const commands: string[][] = [
  ['biuld'],
  ['image', 'build', '--help'],
  ['image', 'build', 'context', '-t', 'UPPER'],
  ['image', 'build', 'context', '-o', 'json'],
  ['image', 'build', 'context', '--check'],
  ['image', 'build', 'nowhere'],
  ['run', '-f', 'nowhere.yaml'],
  ['status', '--state-dir', 'nowhere'],
  ['completion', 'bash'],
];
test('output, errors and exit codes are those of the sources', async () => {
  const context = join(folder, 'context');
  await mkdir(context, { recursive: true });
  await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPI . /\n');
  const run = async (): Promise<Outcome[]> => {
    const outcomes: Outcome[] = [];
    for (const args of commands) outcomes.push(await slipway(args, { cwd: folder }));
    return outcomes;
  };
  const bundled = await run();
  await rm(manifestFile());
  assert.deepEqual(await run(), bundled);
});

test('a build has the worker of its bundle', async () => {
  const context = join(folder, 'with-run');
  await mkdir(context);
  await cp('/bin/busybox', join(context, 'busybox'));
  await chmod(join(context, 'busybox'), 0o755);
  await writeFile(
    join(context, 'Dockerfile'),
    'FROM scratch\nCOPY busybox /\nRUN ["/busybox", "sleep", "1"]\n',
  );
  const stateDir = join(folder, 'state');
  const name = dirname((await readManifest()).program);
  const seen = new Set<string>();
  const timer = setInterval(async () => {
    for (const line of await commandLines())
      if (line.includes(checkout)) seen.add(line.split(' ').find(isProgram)!);
  }, 100);
  const { code, stderr } = await slipway(['image', 'build', context, '--state-dir', stateDir]);
  clearInterval(timer);
  assert.equal(code, 0, stderr);
  assert.deepEqual(
    [...seen].sort(),
    [join(checkout, 'bin/slipway.js'), join(checkout, name, 'worker.cjs')].sort(),
  );
});

const isProgram = (word: string): boolean => word.startsWith(checkout);

async function commandLines(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const texts = pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
  return (await Promise.all(texts)).map((text) => text.replaceAll('\0', ' '));
}

test('a control plane in the background runs from it', async () => {
  const stateDir = `--state-dir=${join(folder, 'plane')}`;
  try {
    const up = await slipway(['up', '--detach', '-o', 'json', stateDir]);
    assert.equal(up.code, 0, up.stderr);
    assert.equal((await slipway(['status', stateDir])).code, 0);
  } finally {
    assert.equal((await slipway(['down', stateDir])).code, 0);
  }
});

test('a bundle to be copied elsewhere needs nothing of the checkout', async () => {
  const place = join(folder, 'elsewhere');
  const made = await execute(node, ['tools/bundle.js', join(folder, 'made')], { cwd: checkout });
  assert.equal(made.code, 0, made.stderr);
  await cp(join(folder, 'made'), place, { recursive: true });
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const cli = await execute(node, [join(place, 'bundle/cli.mjs'), '--version'], { cwd: place });
  assert.equal(cli.stdout, `${version}\n`, cli.stderr);
  const kaniko = await execute(node, [join(place, 'bundle/kaniko.mjs'), 'version'], { cwd: place });
  assert.ok(kaniko.stdout.includes(version), kaniko.stderr);
});
