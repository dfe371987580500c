import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { hasOneId } from '@slipway/containers';
import { SlipwayError } from '@slipway/core';
import {
  type ContentStore,
  type Descriptor,
  type Digest,
  digestOf,
  hostPlatform,
  type ImageConfig,
  type ImageManifest,
  type LayerBlob,
  mediaTypes,
  TarWriter,
  writeLayer,
} from '@slipway/oci';
import { MORE_IDS_HINT } from '../namespace.ts';
import { type AptSource, sourceLine } from './apt-sources.ts';
import type { DebianHost } from './debian-host.ts';

export interface RootFilesystemOptions {
  readonly host: DebianHost;
  readonly store: ContentStore;
  /** What mmdebstrap does now. */
  readonly onLine?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const PROGRAM = 'mmdebstrap';
const MERGED_USR_HOOKS = '/usr/share/mmdebstrap/hooks/merged-usr';
const CA_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const LOCAL_CA_FOLDER = '/usr/local/share/ca-certificates';
const DROPPED = ['doc', 'man', 'info', 'locale', 'lintian', 'bash-completion', 'groff'];

/** The arguments of mmdebstrap(1); the same input gives the same ones. */
export function mmdebstrapArguments({ suite, sources }: DebianHost, mergedUsrHooks: boolean): string[] {
  const https = sources.some(({ uri }) => uri.startsWith('https:'));
  return [
    '--variant=minbase',
    '--format=tar',
    // Device nodes are the container runtime's to make, and cannot be unpacked without privileges.
    '--skip=output/dev',
    // usrmerge, the package that does the same on a running system, brings all of Perl.
    ...(mergedUsrHooks ? [`--hook-dir=${MERGED_USR_HOOKS}`, '--include=usr-is-merged'] : []),
    ...(https ? certificateArguments() : []),
    '--dpkgopt=force-unsafe-io',
    ...DROPPED.map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
    '--dpkgopt=path-include=/usr/share/doc/*/copyright',
    '--dpkgopt=path-include=/usr/share/locale/locale.alias',
    '--aptopt=Acquire::Languages "none"',
    // Both are this machine's; the container runtime writes its own.
    '--customize-hook=rm -f "$1/etc/resolv.conf" "$1/etc/hostname"',
    suite,
    '-',
    ...sources.map(sourceLine),
  ];
}

/** Digest of all that decides about a root filesystem, the versions of packages excepted. */
export function rootFilesystemInputs(host: DebianHost): Digest {
  return digestOf(JSON.stringify([process.arch, ...mmdebstrapArguments(host, existsSync(MERGED_USR_HOOKS))]));
}

/** A mirror behind https may need the certificates that this machine trusts. */
function certificateArguments(): string[] {
  return [
    '--include=ca-certificates',
    `--customize-hook=if [ -d ${LOCAL_CA_FOLDER} ]; then cp -a ${LOCAL_CA_FOLDER}/. "$1${LOCAL_CA_FOLDER}/"; fi`,
    `--customize-hook=if [ -e ${CA_BUNDLE} ]; then cp -L ${CA_BUNDLE} "$1${CA_BUNDLE}"; fi`,
  ];
}

/** Makes a Debian root filesystem from packages and stores it as an image of one layer; the result is its manifest. */
export async function makeRootFilesystem(options: RootFilesystemOptions): Promise<Descriptor> {
  const { host, store, signal } = options;
  if (hasOneId()) throw needsIds();
  const args = mmdebstrapArguments(host, existsSync(MERGED_USR_HOOKS));
  const child = spawn(PROGRAM, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(signal && { signal }) });
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    if (line.startsWith('I: ')) options.onLine?.(line.slice('I: '.length));
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  try {
    const [layer, [code]] = await Promise.all([
      writeLayer(store, withDevices(child.stdout), { signal }),
      ended,
    ]);
    if (code !== 0) {
      await store.delete(layer.descriptor.digest);
      throw explainFailure(lines, host.sources);
    }
    return await storeImage(store, layer);
  } catch (error) {
    child.kill();
    throw explainSpawn(error);
  }
}

/** The archive with the empty folder /dev in front, which `--skip=output/dev` leaves out with all that is in it. */
async function* withDevices(tar: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const writer = new TarWriter(async (chunk) => void chunks.push(chunk));
  const owner = { uid: 0, gid: 0, mode: 0o755 };
  await writer.add({ name: Buffer.from('./dev/'), type: 'directory', ...owner, size: 0, mtimeNs: 0n });
  yield* chunks;
  yield* tar;
}

async function storeImage(store: ContentStore, layer: LayerBlob): Promise<Descriptor> {
  const { os, architecture } = hostPlatform();
  const config: ImageConfig = {
    architecture,
    os,
    config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['bash'] },
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
    history: [{ created_by: 'mmdebstrap --variant=minbase' }],
  };
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: await putJson(store, config, mediaTypes.ociConfig),
    layers: [layer.descriptor],
  };
  return putJson(store, manifest, mediaTypes.ociManifest);
}

async function putJson(store: ContentStore, value: object, mediaType: string): Promise<Descriptor> {
  const { digest, size } = await store.put(Buffer.from(JSON.stringify(value)));
  return { mediaType, digest, size };
}

/** dpkg gives files to users of their own. */
function needsIds(): SlipwayError {
  return new SlipwayError(
    'unsupported',
    'SEED_ONE_ID',
    'a root filesystem cannot be made from packages with one user id only',
    { hint: `${MORE_IDS_HINT}, or seed as root` },
  );
}

function explainSpawn(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') return error;
  return new SlipwayError(
    'unsupported',
    'SEED_NO_MMDEBSTRAP',
    'mmdebstrap, which makes root filesystems from packages, is not installed',
    {
      hint: 'sudo apt-get install --no-install-recommends mmdebstrap',
      cause: error,
    },
  );
}

const UNREACHABLE =
  /could not resolve|temporary failure resolving|could not connect|connection (refused|timed out|failed)|cannot initiate|unable to connect|network is unreachable|failed to fetch/i;

/** What went wrong, from the end of mmdebstrap's output. */
function explainFailure(lines: readonly string[], sources: readonly AptSource[]): SlipwayError {
  const uris = [...new Set(sources.map(({ uri }) => uri))].join(', ');
  const cause = new Error(lines.slice(-20).join('\n'));
  if (lines.some((line) => UNREACHABLE.test(line))) {
    return new SlipwayError(
      'unavailable',
      'SEED_MIRROR_UNREACHABLE',
      `the package mirror does not answer: ${uris}`,
      {
        hint: 'the sources are those of /etc/apt; check the network, or name a mirror there that can be reached',
        cause,
      },
    );
  }
  const last = lines.findLast((line) => line.startsWith('E: ')) ?? lines.at(-1) ?? 'no output';
  return new SlipwayError('failed', 'SEED_MMDEBSTRAP', `mmdebstrap failed: ${last.replace(/^E: /, '')}`, {
    cause,
  });
}
