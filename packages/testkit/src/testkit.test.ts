import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { ContentStore, parseManifest, readTar } from '@slipway/oci';
import { selfSignedCertificate } from './certificate.ts';
import { eventually } from './eventually.ts';
import { tarOf } from './files.ts';
import { makeImage } from './image-maker.ts';
import { randomImage } from './random-image.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { yaml } from './yaml-literal.ts';

test('a temporary folder is gone after its scope', () => {
  let path = '';
  {
    using folder = temporaryFolder();
    path = folder.path;
    writeFileSync(folder.join('file'), 'x');
  }
  assert.equal(existsSync(path), false);
});

test('a certificate holds for its names and its address', async () => {
  const { cert } = await selfSignedCertificate(['registry.test', '127.0.0.1']);
  const certificate = new X509Certificate(cert);
  assert.equal(certificate.checkHost('registry.test'), 'registry.test');
  assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1');
});

test('eventually returns what it finds, and says what did not come and why', async () => {
  let looks = 0;
  assert.equal(await eventually(() => ++looks > 2 && 'found', { what: 'it', everyMs: 1 }), 'found');
  const failing = eventually(() => Promise.reject(new Error('no')), {
    what: 'it',
    deadlineMs: 20,
    everyMs: 1,
  });
  await assert.rejects(failing, /it did not happen within 20 ms/);
});

test('files become a tar with their parents, sorted', async () => {
  const names: string[] = [];
  for await (const { entry } of readTar(tarOf({ 'b/c': 'x', a: { link: 'b/c' }, 'b/d/': '' }))) {
    names.push(`${entry.type} ${entry.name}`);
  }
  assert.deepEqual(names, ['symlink a', 'directory b/', 'file b/c', 'directory b/d/']);
});

test('the same files make the same image, noise another each time', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.join('store'));
  const make = () => makeImage(store, { layers: [{ file: 'x' }], config: { Cmd: ['sh'] } });
  const [one, two] = [await make(), await make()];
  assert.equal(one.manifest.digest, two.manifest.digest);
  assert.notEqual((await randomImage(store)).manifest.digest, (await randomImage(store)).manifest.digest);
  const manifest = parseManifest(await store.read(one.manifest.digest), one.manifest.mediaType);
  assert.ok('layers' in manifest && (await store.stat(manifest.layers[0]!.digest)));
});

test('a YAML literal is one object', () => {
  assert.equal(yaml`{apiVersion: v1, kind: Pod, metadata: {name: ${'p'}}}`.metadata.name, 'p');
  assert.throws(() => yaml``, /holds 0 objects/);
});
