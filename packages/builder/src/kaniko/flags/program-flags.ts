import type { Flag } from './flag.ts';

/** The program itself. */
export const PROGRAM_FLAGS: readonly Flag[] = [
  {
    name: 'verbosity',
    short: 'v',
    type: 'string',
    default: 'info',
    description: 'log level: trace, debug, info, warn, error, fatal or panic',
  },
  { name: 'log-format', type: 'string', default: 'color', description: 'text, color or json' },
  { name: 'log-timestamp', type: 'boolean', description: 'the time of day in each line of the log' },
  {
    name: 'kaniko-dir',
    type: 'string',
    default: '/kaniko',
    env: 'KANIKO_DIR',
    description: 'folder for `.docker/config.json` and for what the build writes',
  },
  {
    name: 'isolation',
    type: 'string',
    default: 'auto',
    description:
      "where RUN runs (not one of kaniko's): `auto` takes the best that this place allows, `userns`, `chroot`; `in-place` replaces this container's files, as kaniko does",
  },
  { name: 'help', short: 'h', type: 'boolean', description: 'print this help' },
];

/** Flags that solve problems of kaniko's way to build, which are not there. */
export const POINTLESS_FLAGS: readonly Flag[] = [
  {
    name: 'single-snapshot',
    type: 'boolean',
    description: 'one snapshot at the end of the build',
    pointless: 'no snapshots are taken, each instruction keeps its own layer',
  },
  {
    name: 'snapshot-mode',
    type: 'string',
    default: 'full',
    description: 'what a snapshot compares: full, redo or time',
    pointless: 'changes are read from an overlay, the filesystem is not scanned',
  },
  {
    name: 'snapshotMode',
    type: 'string',
    description: 'the same, as older releases spell it',
    means: 'snapshot-mode',
  },
  {
    name: 'use-new-run',
    type: 'boolean',
    description: 'another way to find what RUN changed',
    pointless: 'changes are read from an overlay, the filesystem is not scanned',
  },
  {
    name: 'ignore-var-run',
    type: 'boolean',
    default: 'true',
    description: 'leave /var/run out of snapshots',
    pointless: 'what is mounted in this container is never in a layer',
  },
  {
    name: 'whitelist-var-run',
    type: 'boolean',
    default: 'true',
    description: 'the same, as older releases spell it',
    means: 'ignore-var-run',
  },
  {
    name: 'cleanup',
    type: 'boolean',
    description: 'clean the filesystem at the end',
    pointless:
      "the build does not write into this container's filesystem; with --isolation=in-place the next one cleans it first",
  },
  {
    name: 'force',
    type: 'boolean',
    description: 'build outside of a container',
    pointless:
      "no build touches a machine's filesystem: --isolation=in-place finds out where it is, and takes nobody's word",
  },
  {
    name: 'compressed-caching',
    type: 'boolean',
    default: 'true',
    description: 'compress cached layers in memory',
    pointless: 'layers are streamed, memory does not grow with them',
  },
  {
    name: 'image-fs-extract-retry',
    type: 'int',
    default: '0',
    description: 'how often unpacking an image is tried again',
    pointless: 'a layer is downloaded whole and verified before it is unpacked',
  },
  {
    name: 'skip-unused-stages',
    type: 'boolean',
    description: 'do not build stages that the image does not need',
    pointless: 'unused stages are never built',
  },
  {
    name: 'force-build-metadata',
    type: 'boolean',
    description: 'empty layers for instructions that change metadata only',
    pointless: 'instructions that change metadata make no layer, as with docker build',
  },
  {
    name: 'pre-cleanup',
    type: 'boolean',
    description: 'clean the filesystem before the build',
    pointless: "the image's filesystem is a new one",
  },
  {
    name: 'preserve-context',
    type: 'boolean',
    description: 'keep the context from one stage to the next',
    pointless: "no stage sees this container's filesystem, nor changes it",
  },
  {
    name: 'materialize',
    type: 'boolean',
    description: 'have the filesystem as the image has it at the end',
    pointless: "the image's filesystem is not that of this container",
  },
  {
    name: 'credential-helpers',
    type: 'list',
    description: "registries' own credential helpers that are asked without being named",
    pointless: "the helpers are those that docker's configuration names",
  },
];
