import { createHash } from 'node:crypto';
import type { FileIndex } from '../cache/file-index.ts';
import type { EntryTable } from './entry-table.ts';
import { FileReader, SMALL_FILE } from './file-reader.ts';
import { fileBytes, type LayerEntry } from './layer-entry.ts';

/** What is hashed at once: a call for each entry would cost more than the hashing. */
const BATCH = 64 * 1024;

/**
 * One SHA-256 over all that the entries put into a layer: paths, types, modes, owners, links, devices, extended attributes
 * and contents. Never times: a fresh clone of the same commit has the same digest. The entries keep the start of each
 * file's digest.
 */
export async function entriesDigest(
  entries: EntryTable,
  index: FileIndex,
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  const reader = new FileReader();
  let batch = '';
  for (const row of entries.rows()) {
    signal?.throwIfAborted();
    const entry = entries.at(row);
    const content = entry.type === 'file' ? contentDigest(entry, index, reader) : '';
    const digest = typeof content === 'string' ? content : await content;
    if (digest !== '') entries.noteDigest(row, digest);
    batch += `${describe(entry)}${digest}\n`;
    if (batch.length < BATCH) continue;
    hash.update(batch);
    batch = '';
  }
  return hash.update(batch).digest('hex');
}

function describe(entry: LayerEntry): string {
  const { target, type, mode, uid, gid, link, device, implied, xattrs } = entry;
  let text = JSON.stringify([target, type, mode, uid, gid, link, device?.major, device?.minor, implied]);
  for (const [name, value] of xattrs ?? []) text += `\0${name}\0${value.toString('base64')}`;
  return text;
}

function contentDigest(entry: LayerEntry, index: FileIndex, reader: FileReader): string | Promise<string> {
  if (entry.content) return createHash('sha256').update(entry.content).digest('hex');
  return entry.sha256 ?? (entry.identity && index.get(entry.identity)) ?? readDigest(entry, index, reader);
}

async function readDigest(entry: LayerEntry, index: FileIndex, reader: FileReader): Promise<string> {
  const file = fileBytes(entry);
  const openedMs = Date.now();
  const hash = createHash('sha256');
  if (entry.size <= SMALL_FILE) hash.update(reader.small(file));
  else for await (const chunk of reader.large(file)) hash.update(chunk);
  const digest = hash.digest('hex');
  if (entry.identity) index.set(entry.identity, digest, openedMs, file);
  return digest;
}
