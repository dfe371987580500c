import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import type { OutputSpec } from '@slipway/builder';
import { mountsBelow, Workbench } from './builder/workbench.ts';

let bench: Workbench;
let context: string;

before(async () => {
  bench = await Workbench.open();
  await bench.pushBusybox();
  const dockerfile =
    'FROM docker.io/library/busybox:1\nRUN echo one > /one && ln /one /two && rm /bin/wget && chown 1000:1000 /one\n';
  context = bench.context({ Dockerfile: dockerfile });
});

after(async () => {
  await bench[Symbol.asyncDispose]();
});

async function write(output: OutputSpec): Promise<string> {
  const { result } = await bench.build(context, { outputs: [output] });
  assert.deepEqual(mountsBelow(bench.stateDir), []);
  return result.manifest.digest;
}

function skopeo(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('skopeo', args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

test('oci: a tar and a folder with the digest of the build', async () => {
  const file = bench.folder.join('oci.tar');
  const digest = await write({ type: 'oci', dest: file, names: ['app:1'] });
  assert.equal(skopeo('inspect', '--format', '{{.Digest}}', `oci-archive:${file}:1`), digest);
  const folder = bench.folder.join('layout');
  const again = await write({ type: 'oci-layout', dest: folder });
  assert.equal(skopeo('inspect', '--format', '{{.Digest}}', `oci:${folder}`), again);
});

test('docker: an archive whose layers and name skopeo finds', async () => {
  const dest = bench.folder.join('docker.tar');
  await write({ type: 'docker', dest, names: ['example.org/app:1', 'app:2'] });
  skopeo('inspect', `docker-archive:${dest}:example.org/app:1`);
  skopeo('copy', '-q', `docker-archive:${dest}:app:2`, `dir:${bench.folder.join('copied')}`);
});

test('tar: the merged root filesystem, owners and hard links kept, deleted files gone', async () => {
  const dest = bench.folder.join('root.tar');
  await write({ type: 'tar', dest });
  const { stdout } = spawnSync('tar', ['--numeric-owner', '-tvf', dest], { encoding: 'utf8' });
  assert.match(stdout, /1000\/1000 +4 .* one$/m);
  assert.match(stdout, / two link to one$/m);
  assert.match(stdout, / bin\/busybox$/m);
  assert.doesNotMatch(stdout, /wget/);
});

test('local: the merged root filesystem as files of the caller', async () => {
  const dest = bench.folder.join('root');
  await write({ type: 'local', dest });
  assert.equal(readFileSync(join(dest, 'two'), 'utf8'), 'one\n');
  assert.equal(statSync(join(dest, 'one')).uid, process.getuid!());
  assert.equal(statSync(join(dest, 'one')).ino, statSync(join(dest, 'two')).ino);
  assert.equal(existsSync(join(dest, 'bin/wget')), false);
});

test('a device or a pipe is written into, a symlink followed; a folder is refused', async () => {
  const pipe = bench.folder.join('pipe');
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
  const reader = spawn('tar', ['-tf', pipe], { stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.all([
    write({ type: 'docker', dest: pipe }),
    text(reader.stdout).then((names) => assert.match(names, /manifest\.json/)),
  ]);
  assert.ok(statSync(pipe).isFIFO());
  const device = bench.folder.join('null');
  assert.equal(spawnSync('mknod', [device, 'c', '1', '3']).status, 0);
  await write({ type: 'oci', dest: device });
  assert.ok(statSync(device).isCharacterDevice());
  writeFileSync(bench.folder.join('real.tar'), 'old');
  symlinkSync('real.tar', bench.folder.join('link.tar'));
  await write({ type: 'oci', dest: bench.folder.join('link.tar') });
  assert.ok(lstatSync(bench.folder.join('link.tar')).isSymbolicLink());
  assert.ok(statSync(bench.folder.join('real.tar')).size > 1000);
  await assert.rejects(write({ type: 'oci', dest: bench.folder.path }), { code: 'OUTPUT_FOLDER' });
});
