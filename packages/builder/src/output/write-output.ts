import { join } from 'node:path';
import { hasOneId } from '@slipway/containers';
import { SlipwayError } from '@slipway/core';
import {
  applyLayer,
  diffLayer,
  formatPlatform,
  hostPlatform,
  platformMatches,
  ROOT_OWNER,
} from '@slipway/oci';
import { lowerFolders, viewLayers } from '../image/root-view.ts';
import { ownersByInode } from '../isolation/single-id/owners-by-inode.ts';
import type { PlatformImage, Product } from '../product.ts';
import type { BuildSession } from '../session.ts';
import { dockerArchiveFiles, dockerIndexFiles, type ImageFile, ociLayoutFiles } from './image-files.ts';
import type { OutputSpec } from './output-spec.ts';
import { tarOf, writeFolder, writeStream } from './write-files.ts';

/** Writes what was built to one output, as a step of the build. */
export async function writeOutput(session: BuildSession, product: Product, spec: OutputSpec): Promise<void> {
  const { reporter, signal } = session;
  const where = spec.dest === '-' ? 'standard output' : spec.dest;
  await reporter.step(
    `write ${spec.type} to ${where}`,
    async () => {
      await write(session, product, spec).catch((error) => {
        throw explainOutput(error, where);
      });
      return {};
    },
    signal,
  );
}

const REASONS: Readonly<Record<string, readonly ['exhausted' | 'denied' | 'not-found', string]>> = {
  ENOSPC: ['exhausted', 'no space is left on its disk'],
  EDQUOT: ['exhausted', 'the quota of its disk is used up'],
  EACCES: ['denied', 'permission denied'],
  EPERM: ['denied', 'operation not permitted'],
  EROFS: ['denied', 'its disk is read-only'],
  ENOTDIR: ['not-found', 'a part of its path is no folder'],
  EEXIST: ['not-found', 'a part of its path is no folder'],
};

/** What the system says of the place, by its name. */
function explainOutput(error: unknown, where: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const [kind, why] = REASONS[code] ?? [];
  if (kind === undefined) return error;
  return new SlipwayError(kind, 'OUTPUT_WRITE', `${where} cannot be written: ${why}`, { cause: error });
}

async function write(session: BuildSession, product: Product, spec: OutputSpec): Promise<void> {
  const { store, signal } = session;
  const { type, dest, names = [] } = spec;
  switch (type) {
    case 'oci-layout':
      return await writeFolder(dest, ociLayoutFiles(product, names), store);
    case 'oci':
      return await writeStream(dest, tarOf(ociLayoutFiles(product, names), store), signal);
    case 'docker':
      return await writeStream(dest, tarOf(dockerFiles(product, names), store), signal);
    case 'tar':
    case 'local':
      return await writeRoots(session, product, spec);
  }
}

function dockerFiles(product: Product, names: readonly string[]): ImageFile[] {
  const [first, ...others] = product.images as [PlatformImage, ...PlatformImage[]];
  if (others.length === 0) return dockerArchiveFiles(first, names);
  const own = product.images.find(({ platform }) => platformMatches(platform, hostPlatform()));
  return dockerIndexFiles(product, own ?? first, names);
}

/** Of several platforms each has a folder of its own, named as docker names it: `linux_arm64`. */
async function writeRoots(session: BuildSession, { images }: Product, spec: OutputSpec): Promise<void> {
  if (images.length === 1) return await writeRoot(session, images[0]!, spec);
  for (const image of images) {
    const folder = formatPlatform(image.platform).replaceAll('/', '_');
    await writeRoot(session, image, { ...spec, dest: join(spec.dest, folder) });
  }
}

/** The merged root filesystem. A folder's files belong to whoever asked, as docker's do: other owners would need root to remove. */
async function writeRoot(session: BuildSession, image: PlatformImage, spec: OutputSpec): Promise<void> {
  const { signal, scratch } = session;
  await using view = await viewLayers(session, image.layers);
  const root = view.path ?? (await scratch.subfolder('empty'));
  const recordedOwners = hasOneId()
    ? { created: ROOT_OWNER, byInode: ownersByInode(root, await lowerFolders(session, image.layers)) }
    : undefined;
  const tar = diffLayer(root, { recordedOwners, signal });
  if (spec.type === 'tar') await writeStream(spec.dest, tar, signal);
  else await applyLayer(spec.dest, tar, { owner: 'ignore', xattrs: 'ignore', signal });
}
