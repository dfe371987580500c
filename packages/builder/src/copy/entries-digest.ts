import { createHash, hash } from 'node:crypto';
import type { FileIndex } from '../cache/file-index.ts';
import { pathText } from './byte-path.ts';
import type { EntryTable } from './entry-table.ts';
import { FileReader, SMALL_FILE, sourceChanged } from './file-reader.ts';
import { filePath, type LayerEntry } from './layer-entry.ts';

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
  const all = createHash('sha256');
  const reader = new FileReader();
  let batch = '';
  for (const row of entries.rows()) {
    signal?.throwIfAborted();
    const entry = entries.at(row);
    const found = entry.type === 'file' ? contentDigest(entry, index, reader) : undefined;
    const content = found instanceof Promise ? await found : found;
    if (content !== undefined) entries.noteDigest(row, content.sha256, content.isSettled);
    batch += `${describe(entry)}${content?.sha256 ?? ''}\n`;
    if (batch.length < BATCH) continue;
    all.update(batch);
    batch = '';
  }
  return all.update(batch).digest('hex');
}

function describe(entry: LayerEntry): string {
  const { target, type, mode, uid, gid, link, device, implied, xattrs } = entry;
  let text = JSON.stringify([target, type, mode, uid, gid, link, device?.major, device?.minor, implied]);
  for (const [name, value] of xattrs ?? []) text += `\0${name}\0${value.toString('base64')}`;
  return text;
}

interface ContentDigest {
  /** In hexadecimal. */
  readonly sha256: string;
  /** Whether whatever is written to the file from now on shows in its identity. */
  readonly isSettled: boolean;
}

function contentDigest(
  entry: LayerEntry,
  index: FileIndex,
  reader: FileReader,
): ContentDigest | Promise<ContentDigest> {
  if (entry.content) return { sha256: hash('sha256', entry.content), isSettled: true };
  const known = entry.sha256 ?? (entry.identity && index.get(entry.identity));
  if (known !== undefined) return { sha256: known, isSettled: true };
  return entry.size <= SMALL_FILE ? readSmall(entry, index, reader) : readLarge(entry, index, reader);
}

function readSmall(entry: LayerEntry, index: FileIndex, reader: FileReader): ContentDigest {
  const openedMs = Date.now();
  const { content, isSame } = reader.small(entry);
  if (content.length > SMALL_FILE) throw sourceChanged(`/${pathText(entry.target)}`);
  const sha256 = hash('sha256', content);
  return { sha256, isSettled: isSame && remember(entry, index, sha256, openedMs) };
}

async function readLarge(entry: LayerEntry, index: FileIndex, reader: FileReader): Promise<ContentDigest> {
  const openedMs = Date.now();
  const whole = createHash('sha256');
  await using file = await reader.open(entry);
  for await (const chunk of file.chunks()) whole.update(chunk);
  const sha256 = whole.digest('hex');
  return { sha256, isSettled: (await file.isSame()) && remember(entry, index, sha256, openedMs) };
}

/** A file that changed since it was planned is not remembered, and verified when it is packed. */
function remember(entry: LayerEntry, index: FileIndex, sha256: string, openedMs: number): boolean {
  return entry.identity !== undefined && index.set(entry.identity, sha256, openedMs, filePath(entry));
}
