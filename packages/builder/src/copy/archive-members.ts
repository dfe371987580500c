import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/core';
import { mayStoreXattr, readTar, type TarEntry } from '@slipway/oci';
import { type BytePath, cleanPath, pathText } from './byte-path.ts';
import type { LayerEntry } from './layer-entry.ts';

/** A member of an archive that ADD unpacks: where, below the destination, and what. A hardlink's `link` is such a path too. */
export interface ArchiveMember {
  readonly path: BytePath;
  readonly entry: Omit<LayerEntry, 'target'>;
}

/**
 * Reads an archive for ADD. Contents go to numbered files in `folder`, everything else stays as the headers say, so that
 * owners, devices and names survive where this process could not make them. Throws ADD_ARCHIVE for a member outside of it.
 */
export async function readArchive(
  source: AsyncIterable<Uint8Array>,
  folder: string,
): Promise<ArchiveMember[]> {
  const members: ArchiveMember[] = [];
  for await (const { entry, body } of readTar(source)) {
    const path = insidePath(entry.name);
    if (path === '') continue; // The archive's own top folder: docker leaves the destination as it is.
    const common = commonFields(entry);
    if (entry.type === 'file') {
      const file = join(folder, String(members.length));
      await writeBody(file, body);
      const { size } = entry;
      members.push({ path, entry: { ...common, size, file: Buffer.from(file).toString('latin1') } });
    } else members.push({ path, entry: { ...common, ...linkOf(entry) } });
  }
  return members;
}

function commonFields(entry: TarEntry): Omit<LayerEntry, 'target'> {
  const { type, mode, uid, gid, mtimeNs, devmajor: major = 0, devminor: minor = 0 } = entry;
  const xattrs = new Map([...(entry.xattrs ?? [])].filter(([name]) => mayStoreXattr(name)));
  return {
    type,
    mode: type === 'symlink' ? 0o777 : mode & 0o7777,
    uid,
    gid,
    // Docker takes times before 1970 for 1970.
    mtimeNs: mtimeNs < 0n ? 0n : mtimeNs,
    size: 0,
    ...(type === 'char' || type === 'block' ? { device: { major, minor } } : {}),
    ...(xattrs.size === 0 ? {} : { xattrs }),
  };
}

function linkOf({ type, linkname }: TarEntry): { link?: string } {
  if (linkname === undefined) return {};
  return { link: type === 'hardlink' ? insidePath(linkname) : linkname.toString('latin1') };
}

function insidePath(name: Buffer): BytePath {
  const bytes = name.toString('latin1');
  if (!bytes.split('/').includes('..')) return cleanPath(bytes);
  const message = `the archive has "${pathText(bytes)}", which leads out of it`;
  throw new SlipwayError('invalid', 'ADD_ARCHIVE', message, {
    hint: 'make the archive without ".." in its names',
  });
}

async function writeBody(file: string, body: AsyncIterable<Uint8Array>): Promise<void> {
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    for await (const chunk of body) {
      for (let at = 0; at < chunk.length; ) at += writeSync(descriptor, chunk, at);
    }
  } finally {
    closeSync(descriptor);
  }
}
