import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { pathText } from '../../copy/byte-path.ts';
import type { LayerEntry } from '../../copy/layer-entry.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** More than these are not remembered one by one. */
const MOST_FILES = 200_000;
const SHOWN = 5;

/** What can differ in a file. */
type FileAspect = 'content' | 'mode' | 'owner' | 'type';

export interface FileDifference {
  readonly path: string;
  readonly what: readonly FileAspect[];
}

/** How two lists of files differ: the first few by name, and how many there are. */
export interface FileListDifference {
  readonly changed: readonly FileDifference[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly counts: { readonly changed: number; readonly added: number; readonly removed: number };
}

/** A list is kept in parts of this size, each of whole lines. */
const PART = 256 * 1024;
const NEWLINE = 0x0a;

/**
 * The files that a step read, a line each: `<type> <mode> <uid:gid> <start of the content's digest>`, a tab and the path, to
 * say later which of them changed. Holds no content. A folder that was only passed through counts with its files.
 */
export class FileList {
  readonly #parts: readonly Buffer[];

  private constructor(parts: readonly Buffer[]) {
    this.#parts = parts;
  }

  /** Of entries whose contents were digested, by the names that they are shown with. */
  static of(files: Iterable<readonly [path: string, entry: LayerEntry]>): FileList {
    const parts: Buffer[] = [];
    let batch = '';
    let count = 0;
    for (const [path, entry] of files) {
      if (entry.implied) continue;
      count += 1;
      if (count > MOST_FILES) break;
      batch += `${factsOf(entry)}\t${JSON.stringify(path)}\n`;
      if (batch.length < PART) continue;
      parts.push(Buffer.from(batch));
      batch = '';
    }
    if (batch !== '') parts.push(Buffer.from(batch));
    return new FileList(parts);
  }

  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  /** The name under which the list is kept: equal lists are kept once. */
  digest(): string {
    const hash = createHash('sha256');
    for (const part of this.#parts) hash.update(part);
    return hash.digest('hex').slice(0, 40);
  }

  async encode(): Promise<Buffer> {
    const members: Buffer[] = [];
    for (const part of this.isEmpty ? [Buffer.alloc(0)] : this.#parts)
      members.push(await compress(part, { level: 1 }));
    return Buffer.concat(members);
  }

  /** Undefined for what `encode` did not write. */
  static async decode(bytes: Uint8Array): Promise<FileList | undefined> {
    const text = await decompress(bytes).catch(() => undefined);
    return text && new FileList([text]);
  }

  /** What changed from `before` to this list. */
  since(before: FileList): FileListDifference {
    // Most lines are the same at both ends: those in between are few.
    const [oldText, text] = [Buffer.concat(before.#parts), Buffer.concat(this.#parts)];
    const start = commonStart(oldText, text);
    const end = commonEnd(oldText, text, start);
    const then = factsByPath(oldText.subarray(start, oldText.length - end));
    const now = factsByPath(text.subarray(start, text.length - end));
    const changed: FileDifference[] = [];
    const added: string[] = [];
    for (const [path, facts] of now) {
      const old = then.get(path);
      if (old === undefined) added.push(path);
      else if (old !== facts) changed.push({ path, what: aspects(old, facts) });
    }
    const removed = [...then.keys()].filter((path) => !now.has(path));
    return {
      changed: changed.slice(0, SHOWN),
      added: added.slice(0, SHOWN),
      removed: removed.slice(0, SHOWN),
      counts: { changed: changed.length, added: added.length, removed: removed.length },
    };
  }
}

function factsOf({ type, mode, uid, gid, digestStart, link = '' }: LayerEntry): string {
  return `${type} ${mode.toString(8)} ${uid}:${gid} ${digestStart ?? link.slice(0, 16)}`;
}

/** Bytes of the lines that both begin with. */
function commonStart(a: Buffer, b: Buffer): number {
  const most = Math.min(a.length, b.length);
  let line = 0;
  for (let at = 0; at < most && a[at] === b[at]; at++) if (a[at] === NEWLINE) line = at + 1;
  return line;
}

/** Bytes of lines that both end with, behind `start`: perhaps one line less than there are. */
function commonEnd(a: Buffer, b: Buffer, start: number): number {
  const most = Math.min(a.length, b.length) - start;
  let size = 0;
  while (size < most && a[a.length - size - 1] === b[b.length - size - 1]) size += 1;
  const newline = a.indexOf(NEWLINE, a.length - size);
  return newline < 0 ? 0 : a.length - newline - 1;
}

function factsByPath(lines: Buffer): Map<string, string> {
  const facts = new Map<string, string>();
  for (const line of lines.toString().split('\n')) {
    const tab = line.indexOf('\t');
    if (tab >= 0) facts.set(JSON.parse(line.slice(tab + 1)), line.slice(0, tab));
  }
  return facts;
}

function aspects(before: string, now: string): FileAspect[] {
  const [oldType, oldMode, oldOwner, oldContent] = before.split(' ');
  const [type, mode, owner, content] = now.split(' ');
  if (type !== oldType) return ['type'];
  return [
    ...(content === oldContent ? [] : (['content'] as const)),
    ...(mode === oldMode ? [] : (['mode'] as const)),
    ...(owner === oldOwner ? [] : (['owner'] as const)),
  ];
}

/** The name to show for an entry: the file that is read, without the folder that it is read from; else where it goes. */
export function shownPath(entry: LayerEntry, roots: readonly string[]): string {
  const { file } = entry;
  const root = file === undefined ? undefined : roots.find((one) => file.startsWith(`${one}/`));
  return pathText((root === undefined ? entry.target : file!.slice(root.length + 1)) as typeof entry.target);
}
