import type { Flag } from './flag.ts';

/** Where the image goes and what is written about it. */
export const OUTPUT_FLAGS: readonly Flag[] = [
  { name: 'destination', short: 'd', type: 'list', description: 'name to push the image to' },
  { name: 'no-push', type: 'boolean', env: 'KANIKO_NO_PUSH', description: 'build without pushing' },
  {
    name: 'tar-path',
    type: 'string',
    description: 'file for a tar that `docker load` reads; the image is pushed too unless --no-push is given',
  },
  { name: 'tarPath', type: 'string', description: 'the same, as older releases spell it', means: 'tar-path' },
  { name: 'oci-layout-path', type: 'string', description: 'folder for the image as an OCI image layout' },
  {
    name: 'image-format',
    type: 'string',
    description: 'media types of the image: `oci` or `docker` (default oci)',
  },
  {
    name: 'digest-file',
    type: 'string',
    description: "file for the image's digest, or an https URL that it is PUT to",
  },
  {
    name: 'image-name-with-digest-file',
    type: 'string',
    description: 'file for a line `NAME@DIGEST` for each destination',
  },
  {
    name: 'image-name-tag-with-digest-file',
    type: 'string',
    description: 'file for a line `NAME:TAG@DIGEST` for each destination',
  },
  {
    name: 'push-retry',
    type: 'int',
    default: '0',
    description: 'how often a push that failed is tried again',
  },
  {
    name: 'push-ignore-immutable-tag-errors',
    type: 'boolean',
    description: 'succeed where the registry keeps an immutable tag as it is',
  },
  {
    name: 'skip-push-permission-check',
    type: 'boolean',
    description: 'do not ask the registry before the build whether the push will be allowed',
  },
  {
    name: 'compression',
    type: 'string',
    default: 'gzip',
    description: 'compression of new layers: `gzip` or `zstd`',
  },
  {
    name: 'compression-level',
    type: 'int',
    default: '-1',
    description: 'level of the compression; -1 is our choice',
  },
];
