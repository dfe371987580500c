import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from './digest.ts';
import { parseImageConfig } from './image-config.ts';
import {
  isImageIndex,
  MAX_MANIFEST_BYTES,
  manifestChildren,
  manifestMediaType,
  parseManifest,
} from './manifest.ts';
import { mediaTypes } from './media-types.ts';

const blob = (mediaType: string, text: string): object => ({
  mediaType,
  digest: digestOf(text),
  size: text.length,
});
const config = blob(mediaTypes.ociConfig, 'config');
const layer = blob(mediaTypes.ociLayerGzip, 'layer');
const image = { schemaVersion: 2, config, layers: [layer] };
const index = { schemaVersion: 2, manifests: [blob(mediaTypes.ociManifest, 'image')] };
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

const accepted: [what: string, document: object, transport: string | undefined, type: string][] = [
  ['an OCI manifest without its type', image, undefined, mediaTypes.ociManifest],
  ['an OCI index without its type', index, mediaTypes.ociIndex, mediaTypes.ociIndex],
  ['an index known by its shape', index, 'application/json', mediaTypes.ociIndex],
  [
    'a Docker manifest',
    { ...image, mediaType: mediaTypes.dockerManifest },
    mediaTypes.dockerManifest,
    mediaTypes.dockerManifest,
  ],
  [
    'a manifest list',
    { ...index, mediaType: mediaTypes.dockerManifestList },
    undefined,
    mediaTypes.dockerManifestList,
  ],
  [
    'a type with parameters',
    { ...image, mediaType: mediaTypes.ociManifest },
    `${mediaTypes.ociManifest}; charset=utf-8`,
    mediaTypes.ociManifest,
  ],
];

for (const [what, document, transport, type] of accepted) {
  test(`${what} is read`, () => {
    const manifest = parseManifest(bytes(document), transport);
    assert.equal(manifestMediaType(manifest), type);
    assert.equal(manifestChildren(manifest).length, isImageIndex(manifest) ? 1 : 2);
  });
}

const refused: [attack: string, document: unknown, field?: string | undefined][] = [
  ['both layers and manifests', { ...image, ...index }, 'manifests'],
  ['another type than the transport said', { ...image, mediaType: mediaTypes.ociIndex }, 'mediaType'],
  ['a digest that is a path', { ...image, config: { ...config, digest: 'sha256:../../x' } }, 'config.digest'],
  ['a negative size', { ...image, layers: [{ ...layer, size: -1 }] }, 'layers[0].size'],
  ['a size that is text', { ...image, layers: [layer, { ...layer, size: '1' }] }, 'layers[1].size'],
  ['a size over 2^53', { ...image, layers: [{ ...layer, size: 2 ** 60 }] }, 'layers[0].size'],
  ['no layers', { schemaVersion: 2, config }, 'layers'],
  ['a descriptor that is null', { ...image, config: null }, 'config'],
  ['schema version 3', { ...image, schemaVersion: 3 }, 'schemaVersion'],
  ['a list', [], undefined],
  ['annotations that are not text', { ...image, annotations: { a: 1 } }, 'annotations.a'],
];

for (const [attack, document, field] of refused) {
  test(`a manifest is refused: ${attack}`, () => {
    assert.throws(
      () => parseManifest(bytes(document), mediaTypes.ociManifest),
      (error: { code?: string; place?: { field?: string } }) =>
        error.code === 'MANIFEST_INVALID' && error.place?.field === field,
    );
  });
}

test('a manifest over the limit is refused before it is parsed', () => {
  assert.throws(() => parseManifest(Buffer.alloc(MAX_MANIFEST_BYTES + 1, 0x20)), {
    code: 'MANIFEST_INVALID',
  });
});

test('schema 1 is named as what it is', () => {
  assert.throws(() => parseManifest(bytes({ schemaVersion: 1 })), { code: 'MANIFEST_UNSUPPORTED' });
});

test('any JSON is either read or refused as invalid', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      for (const parse of [parseManifest, parseImageConfig]) {
        try {
          parse(bytes(value));
        } catch (error) {
          assert.equal((error as { kind?: string }).kind, 'invalid');
        }
      }
    }),
  );
});

test('a configuration keeps members that we do not know', () => {
  const known = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digestOf('x')] } };
  const parsed = parseImageConfig(bytes({ ...known, config: { Env: null, Custom: 1 }, more: true }));
  assert.deepEqual(parsed, { ...known, config: { Env: null, Custom: 1 }, more: true });
});

test('a configuration is refused where a list is text', () => {
  const document = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers' }, config: { Cmd: 'sh' } };
  assert.throws(() => parseImageConfig(bytes(document)), { code: 'CONFIG_INVALID', message: /config\.Cmd/ });
});
