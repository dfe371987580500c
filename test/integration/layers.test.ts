// Layers over real overlay mounts, on a real full disk, and shared by real processes.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import {
  applyLayer,
  ContentStore,
  chainId,
  diffLayer,
  type ImageLayer,
  LayerStore,
  writeLayer,
} from '@slipway/oci';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'latin1' });

/** A file system in memory that is unmounted when its scope ends. */
function tmpfs(folder: string, size: string): Disposable {
  mkdirSync(folder, { recursive: true });
  run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder);
  return { [Symbol.dispose]: () => void run('umount', '-l', folder) };
}

/** An overlay as Slipway mounts them; `lower` is topmost first. */
function overlay(
  folder: TemporaryFolder,
  name: string,
  lower: readonly string[],
): Disposable & { upper: string; merged: string } {
  const [upper, work, merged] = ['upper', 'work', 'merged'].map((part) => folder.join(`${name}-${part}`)) as [
    string,
    string,
    string,
  ];
  for (const path of [upper, work, merged]) mkdirSync(path);
  run(
    'mount',
    '-t',
    'overlay',
    '-o',
    `userxattr,lowerdir=${lower.join(':')},upperdir=${upper},workdir=${work}`,
    'overlay',
    merged,
  );
  return { upper, merged, [Symbol.dispose]: () => void run('umount', '-l', merged) };
}

function describeTree(root: string): string[] {
  const lines: string[] = [];
  const walk = (path: string): void => {
    for (const name of readdirSync(path).sort()) {
      const child = `${path}/${name}`;
      const stats = lstatSync(child);
      const content = stats.isFile()
        ? readFileSync(child, 'latin1')
        : stats.isSymbolicLink()
          ? readlinkSync(child)
          : '';
      const links = stats.isDirectory() ? 0 : stats.nlink;
      lines.push(
        [
          child.slice(root.length),
          stats.mode.toString(8),
          stats.uid,
          stats.gid,
          Math.floor(stats.mtimeMs / 1000),
          links,
          content,
        ].join(' '),
      );
      if (stats.isDirectory()) walk(child);
    }
  };
  walk(root);
  return lines;
}

function makeBase(root: string): void {
  for (const path of ['keep', 'change', 'opaque', 'remove/below', 'become-file', 'become-folder'])
    mkdirSync(`${root}/${path}`, { recursive: true });
  rmSync(`${root}/become-folder`, { recursive: true });
  writeFileSync(`${root}/become-folder`, 'a file');
  for (const path of [
    'keep/a',
    'change/a',
    'change/mode',
    'opaque/old',
    'remove/below/x',
    'gone',
    'become-file/x',
    'linked',
  ]) {
    writeFileSync(`${root}/${path}`, `base ${path}`);
  }
  symlinkSync('keep', `${root}/link`);
}

function changeTree(root: string): void {
  writeFileSync(`${root}/change/a`, 'changed');
  chmodSync(`${root}/change/mode`, 0o4711);
  unlinkSync(`${root}/gone`);
  rmSync(`${root}/remove`, { recursive: true });
  rmSync(`${root}/opaque`, { recursive: true });
  mkdirSync(`${root}/opaque`);
  writeFileSync(`${root}/opaque/new`, 'new');
  rmSync(`${root}/become-file`, { recursive: true });
  writeFileSync(`${root}/become-file`, 'now a file');
  unlinkSync(`${root}/become-folder`);
  mkdirSync(`${root}/become-folder`);
  unlinkSync(`${root}/link`);
  symlinkSync('elsewhere', `${root}/link`);
  linkSync(`${root}/linked`, `${root}/linked-too`);
  renameSync(`${root}/keep/a`, `${root}/keep/b`);
  appendFileSync(`${root}/new file`, 'x'.repeat(300_000));
  run('chown', '-h', '12:34', `${root}/link`);
  run('setfattr', '-n', 'user.kept', '-v', 'yes', `${root}/change/a`);
  mkdirSync(`${root}/mounted`);
  writeFileSync(`${root}/mounted/secret`, 'not for the image');
}

test('what changed in an overlay is a layer, and unpacked again it gives the same tree', async () => {
  using folder = temporaryFolder();
  using _disk = tmpfs(folder.join('disk'), '64m');
  const base = folder.join('disk/base');
  mkdirSync(base);
  makeBase(base);
  const work = { ...folder, join: (...parts: string[]) => folder.join('disk', ...parts) };
  using first = overlay(work, 'first', [base]);
  changeTree(first.merged);
  const layer = folder.join('disk/layer');
  const exclude = (path: string): boolean => path === 'mounted';
  const stats = await applyLayer(layer, diffLayer(first.upper, { exclude }), { lower: [base] });
  using second = overlay(work, 'second', [layer, base]);
  rmSync(`${first.merged}/mounted`, { recursive: true });
  assert.deepEqual(describeTree(second.merged), describeTree(first.merged));
  assert.equal(
    run('getfattr', '--absolute-names', '--only-values', '-n', 'user.kept', `${second.merged}/change/a`),
    'yes',
  );
  assert.ok(stats.whiteouts >= 4);
  assert.equal(
    readdirSync(second.merged).some((name) => name.startsWith('.wh.')),
    false,
  );
});

test('devices of a layer are made', async () => {
  using folder = temporaryFolder();
  mkdirSync(folder.join('tree/dev'), { recursive: true });
  run('mknod', '-m', '666', folder.join('tree/dev/null'), 'c', '1', '3');
  run('mknod', '-m', '600', folder.join('tree/dev/disk'), 'b', '8', '1');
  run('mkfifo', '-m', '640', folder.join('tree/dev/a pipe'));
  await applyLayer(folder.join('copy'), diffLayer(folder.join('tree')));
  assert.deepEqual(describeTree(folder.join('copy')), describeTree(folder.join('tree')));
  assert.equal(lstatSync(folder.join('copy/dev/disk')).rdev, lstatSync(folder.join('tree/dev/disk')).rdev);
});

test('a full disk is named, and leaves nothing behind', async () => {
  using folder = temporaryFolder();
  using _disk = tmpfs(folder.join('disk'), '4m');
  const store = await ContentStore.open(folder.join('disk/content'));
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield Buffer.alloc(1 << 20, 'x');
  }
  const full = { code: 'STORE_FULL', kind: 'exhausted', message: new RegExp(folder.join('disk')) };
  await assert.rejects(store.ingest(endless()), full);
  await assert.rejects(writeLayer(store, endless(), { compression: 'none' }), full);
  assert.deepEqual(readdirSync(folder.join('disk/content/ingest')), []);
  const elsewhere = await ContentStore.open(folder.join('content'));
  const image = await makeImage(folder, elsewhere, 8 << 20);
  const layers = new LayerStore(folder.join('disk/layers'), elsewhere);
  await assert.rejects(layers.unpack(image), full);
  assert.deepEqual(readdirSync(folder.join('disk/layers')), []);
  assert.ok((await store.put(Buffer.from('small'))).size === 5, 'the store works on');
});

/** Two layers; the lower has a file of this size. */
async function makeImage(folder: TemporaryFolder, store: ContentStore, size: number): Promise<ImageLayer[]> {
  mkdirSync(folder.join('one/etc'), { recursive: true });
  writeFileSync(folder.join('one/etc/large'), Buffer.alloc(size, 'x'));
  mkdirSync(folder.join('two/etc'), { recursive: true });
  writeFileSync(folder.join('two/etc/small'), 'small');
  const one = await writeLayer(store, diffLayer(folder.join('one')));
  const two = await writeLayer(store, diffLayer(folder.join('two')), { compression: 'zstd' });
  return [one, two];
}

test('a layer is unpacked once, however many ask', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.join('content'));
  const image = await makeImage(folder, store, 1000);
  let opened = 0;
  const counting = {
    open: (...args: Parameters<ContentStore['open']>) => {
      opened += 1;
      return store.open(...args);
    },
  };
  const layers = new LayerStore(folder.join('layers'), counting);
  const all = await Promise.all(Array.from({ length: 5 }, () => layers.unpack(image)));
  assert.equal(opened, 2);
  assert.deepEqual(new Set(all.map(String)).size, 1);
  const [top, bottom] = all[0]!;
  assert.equal(readFileSync(`${top}/etc/small`, 'utf8'), 'small');
  assert.equal(statSync(`${bottom}/etc/large`).size, 1000);
  assert.deepEqual(await new LayerStore(folder.join('layers'), store).unpack(image), all[0]);
  const topChain = chainId(image.map(({ diffId }) => diffId));
  assert.deepEqual(await layers.prune(new Set([chainId([image[0]!.diffId])])), [topChain]);
  assert.equal(existsSync(top!), false);
  assert.equal(existsSync(bottom!), true);
});

test('an overlay upper folder becomes a layer', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.join('content'));
  const [one, two] = (await makeImage(folder, store, 10)) as [ImageLayer, ImageLayer];
  const layers = new LayerStore(folder.join('layers'), store);
  await layers.unpack([one]);
  const place = await layers.adopt(one.diffId, two.diffId, folder.join('two'));
  assert.equal(existsSync(folder.join('two')), false);
  assert.equal((await layers.unpack([one, two]))[0], place);
});

test('a layer with another content than its image says is refused', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.join('content'));
  const [one, two] = (await makeImage(folder, store, 10)) as [ImageLayer, ImageLayer];
  const layers = new LayerStore(folder.join('layers'), store);
  await assert.rejects(layers.unpack([{ ...one, diffId: two.diffId }]), { code: 'DIFF_ID_MISMATCH' });
  writeFileSync(
    store.path(one.descriptor.digest),
    readFileSync(store.path(one.descriptor.digest)).subarray(0, 60),
  );
  await assert.rejects(layers.unpack([one]), { code: 'LAYER_CORRUPT' });
  assert.deepEqual(readdirSync(folder.join('layers')), []);
});

test('of layers that are unpacked at the same time the failure of one ends all, and nothing is left', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.join('content'));
  const [one, two] = (await makeImage(folder, store, 10)) as [ImageLayer, ImageLayer];
  const late = {
    open: async (digest: ImageLayer['descriptor']['digest']) => {
      if (digest !== one.descriptor.digest) return await store.open(digest);
      await new Promise((resolve) => setTimeout(resolve, 100));
      throw new Error('the lowest layer cannot be had');
    },
  };
  const layers = new LayerStore(folder.join('layers'), late);
  const [first, second] = await Promise.allSettled([layers.unpack([one, two]), layers.unpack([one, two])]);
  for (const { status, ...rest } of [first, second]) {
    assert.equal(status, 'rejected');
    assert.match(String('reason' in rest && rest.reason), /the lowest layer cannot be had/);
  }
  assert.deepEqual(readdirSync(folder.join('layers')), []);
  assert.equal((await new LayerStore(folder.join('layers'), store).unpack([one, two])).length, 2);
});

test('processes that unpack the same image at once, some of them killed, end with a right one', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.join('content'));
  mkdirSync(folder.join('one'));
  for (let index = 0; index < 3000; index++) writeFileSync(folder.join(`one/${index}`), `file ${index}`);
  const layer = await writeLayer(store, diffLayer(folder.join('one')));
  const script = `import { ContentStore, LayerStore } from '@slipway/oci';
    const store = await ContentStore.open(${JSON.stringify(store.root)});
    await new LayerStore(${JSON.stringify(folder.join('layers'))}, store).unpack([${JSON.stringify(layer)}]);`;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script];
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, args, { stdio: 'inherit', cwd: import.meta.dirname }),
  );
  setTimeout(() => children[0]!.kill('SIGKILL'), 250);
  const codes = await Promise.all(
    children.map(async (child) => (await once(child, 'exit'))[0] as number | null),
  );
  assert.deepEqual(codes.slice(1), [0, 0, 0]);
  const layers = new LayerStore(folder.join('layers'), store);
  const [place] = await layers.unpack([layer]);
  assert.equal(readdirSync(place!).length, 3000);
  await layers.prune(new Set([layer.diffId]));
  assert.equal(readdirSync(folder.join('layers')).length, 1, 'nothing of the killed process is left');
});

test('an ordinary user unpacks a layer in a user namespace of one id', async () => {
  using folder = temporaryFolder();
  mkdirSync(folder.join('tree/d'), { recursive: true });
  writeFileSync(folder.join('tree/tool'), 'x', { mode: 0o755 });
  run('chown', '1000:1000', folder.join('tree/tool'));
  run(
    'setfattr',
    '-n',
    'security.capability',
    '-v',
    '0x0100000200200000000000000000000000000000',
    folder.join('tree/tool'),
  );
  run('mknod', folder.join('tree/null'), 'c', '1', '3');
  run('mknod', folder.join('tree/gone'), 'c', '0', '0');
  writeFileSync(folder.join('a.tar'), '');
  for await (const chunk of diffLayer(folder.join('tree'))) appendFileSync(folder.join('a.tar'), chunk);
  mkdirSync(folder.join('home'));
  for (const path of [folder.path, folder.join('home'), folder.join('a.tar')])
    run('chown', '65534:65534', path);
  const script = `import { applyLayer } from '@slipway/oci';
    import { createReadStream } from 'node:fs';
    console.log(JSON.stringify(await applyLayer('${folder.join('home/layer')}', createReadStream('${folder.join('a.tar')}'))));`;
  const node = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '-e',
    script,
  ];
  const args = [
    '--reuid',
    '65534',
    '--regid',
    '65534',
    '--clear-groups',
    'unshare',
    '--user',
    '--map-root-user',
    ...node,
  ];
  const stats = JSON.parse(execFileSync('setpriv', args, { cwd: import.meta.dirname, encoding: 'utf8' }));
  assert.deepEqual(stats, { entries: 4, bytes: 1, whiteouts: 1, skippedDevices: 1 });
  assert.deepEqual(readdirSync(folder.join('home/layer')).sort(), ['d', 'gone', 'tool']);
  const gone = lstatSync(folder.join('home/layer/gone'));
  assert.deepEqual([gone.isCharacterDevice(), gone.rdev], [true, 0]);
});
