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

/**
 * The files that a step read, each as `<type> <mode> <uid:gid> <start of the content's digest>`, to say later which of them
 * changed. Holds no content. A folder that was only passed through counts with its files.
 */
export class FileList {
  readonly #files: Map<string, string>;

  constructor(files: Iterable<readonly [string, string]> = []) {
    this.#files = new Map(files);
  }

  /** Entries whose contents were digested. */
  add(path: string, entry: LayerEntry): void {
    if (this.#files.size >= MOST_FILES || entry.implied) return;
    const { type, mode, uid, gid, digestStart, link = '' } = entry;
    const content = digestStart ?? link.slice(0, 16);
    this.#files.set(path, `${type} ${mode.toString(8)} ${uid}:${gid} ${content}`);
  }

  get size(): number {
    return this.#files.size;
  }

  /** The name under which the list is kept: equal lists are kept once. */
  digest(): string {
    return createHash('sha256').update(this.#text()).digest('hex').slice(0, 40);
  }

  async encode(): Promise<Buffer> {
    return await compress(this.#text(), { level: 1 });
  }

  /** Undefined for what `encode` did not write. */
  static async decode(bytes: Uint8Array): Promise<FileList | undefined> {
    const text = await decompress(bytes).then(String, () => undefined);
    if (text === undefined) return undefined;
    const lines = text.split('\n').filter((line) => line !== '');
    return new FileList(
      lines.map((line): [string, string] => {
        const tab = line.indexOf('\t');
        return [JSON.parse(line.slice(tab + 1)) as string, line.slice(0, tab)];
      }),
    );
  }

  /** What changed from `before` to this list. */
  since(before: FileList): FileListDifference {
    const changed: FileDifference[] = [];
    const added: string[] = [];
    for (const [path, now] of this.#files) {
      const then = before.#files.get(path);
      if (then === undefined) added.push(path);
      else if (then !== now) changed.push({ path, what: aspects(then, now) });
    }
    const removed = [...before.#files.keys()].filter((path) => !this.#files.has(path));
    return {
      changed: changed.slice(0, SHOWN),
      added: added.slice(0, SHOWN),
      removed: removed.slice(0, SHOWN),
      counts: { changed: changed.length, added: added.length, removed: removed.length },
    };
  }

  #text(): string {
    return [...this.#files].map(([path, facts]) => `${facts}\t${JSON.stringify(path)}\n`).join('');
  }
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
