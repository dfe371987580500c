import type { Flag } from './flag.ts';

/** What is built, and how. */
export const SOURCE_FLAGS: readonly Flag[] = [
  {
    name: 'dockerfile',
    short: 'f',
    type: 'string',
    default: 'Dockerfile',
    description: 'Dockerfile: a path from here or from the context, or an http(s) URL',
  },
  {
    name: 'context',
    short: 'c',
    type: 'string',
    default: '/workspace/',
    description:
      'build context: a folder, `dir://`, `tar://` (`tar://stdin` reads standard input), `git://host/repository#ref#commit`, an https URL of a repository (`….git`) or of a tar',
  },
  {
    name: 'context-sub-path',
    type: 'string',
    description: 'folder inside the context that is built instead',
  },
  {
    name: 'bucket',
    short: 'b',
    type: 'string',
    description: 'context in a bucket, which is not fetched: it is refused with a line that says what to do',
  },
  {
    name: 'git',
    type: 'list',
    description:
      'how to clone a git context: `branch=NAME`, `single-branch=BOOL`, `recurse-submodules=BOOL`, `insecure-skip-tls=BOOL`, once each or with commas between',
  },
  {
    name: 'build-arg',
    type: 'list',
    description: "value of an ARG, `NAME=VALUE`; `NAME` alone takes the environment's",
  },
  { name: 'target', type: 'string', description: 'stage to build' },
  {
    name: 'custom-platform',
    type: 'string',
    description: 'platform of the image, `linux/arm64`, where it is not that of this machine',
  },
  { name: 'platform', type: 'string', description: 'the same', means: 'custom-platform' },
  {
    name: 'customPlatform',
    type: 'string',
    description: 'the same, as older releases spell it',
    means: 'custom-platform',
  },
  {
    name: 'secret',
    type: 'list',
    description: 'value for `RUN --mount=type=secret`: `id=NAME,src=FILE` or `id=NAME,env=VARIABLE`',
  },
  { name: 'label', type: 'list', description: 'label of the image, `NAME=VALUE`' },
  { name: 'annotation', type: 'list', description: 'annotation of the manifest, `NAME=VALUE`' },
  {
    name: 'reproducible',
    type: 'boolean',
    description:
      'set all times to SOURCE_DATE_EPOCH, or to 1970 without it: the same input gives the same digest',
  },
  { name: 'ignore-path', type: 'list', description: 'path whose changes by RUN stay out of the image' },
];
