import { createHash } from 'node:crypto';
import type { FileIndex } from '../cache/file-index.ts';
import { FileReader, SMALL_FILE } from './file-reader.ts';
import { fileBytes, type LayerEntry } from './layer-entry.ts';

/** Receives each entry with the SHA-256 of its content, where it is a file. */
export type FileNote = (entry: LayerEntry, content: string | undefined) => void;

/**
 * One SHA-256 over all that the entries put into a layer: paths, types, modes, owners, links, devices, extended attributes
 * and contents. Never times: a fresh clone of the same commit has the same digest.
 */
export async function entriesDigest(
  entries: readonly LayerEntry[],
  index: FileIndex,
  now: Date,
  signal?: AbortSignal,
  note?: FileNote,
): Promise<string> {
  const hash = createHash('sha256');
  const reader = new FileReader();
  for (const entry of entries) {
    signal?.throwIfAborted();
    const { target, type, mode, uid, gid, link, device, implied } = entry;
    hash.update(JSON.stringify([target, type, mode, uid, gid, link, device?.major, device?.minor, implied]));
    for (const [name, value] of entry.xattrs ?? []) hash.update(`\0${name}\0${value.toString('base64')}`);
    const content = type === 'file' ? await contentDigest(entry, index, now, reader) : undefined;
    if (content !== undefined) hash.update(content);
    note?.(entry, content);
    hash.update('\n');
  }
  return hash.digest('hex');
}

async function contentDigest(
  entry: LayerEntry,
  index: FileIndex,
  now: Date,
  reader: FileReader,
): Promise<string> {
  if (entry.content) return createHash('sha256').update(entry.content).digest('hex');
  const known = entry.sha256 ?? (entry.identity && index.get(entry.identity));
  if (known !== undefined) return known;
  const digest = await fileDigest(fileBytes(entry), entry.size, reader);
  if (entry.identity) index.set(entry.identity, digest, now);
  return digest;
}

async function fileDigest(file: Buffer, size: number, reader: FileReader): Promise<string> {
  const hash = createHash('sha256');
  if (size <= SMALL_FILE) return hash.update(reader.small(file)).digest('hex');
  for await (const chunk of reader.large(file)) hash.update(chunk);
  return hash.digest('hex');
}
