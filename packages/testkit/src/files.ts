import { Readable } from 'node:stream';
import { type TarEntry, TarWriter } from '@slipway/oci';

/** A regular file by its content, with a mode, or a symbolic link. */
export type FileSpec =
  | string
  | Uint8Array
  | { readonly content: string | Uint8Array; readonly mode: number }
  | { readonly link: string };

/** Files by path without a leading slash; a path that ends with `/` is a folder. Missing parents are added. */
export type Files = Readonly<Record<string, FileSpec>>;

/** The files as a tar stream of root's, dated 1970, sorted, so that the same files give the same bytes. */
export async function* tarOf(files: Files): AsyncGenerator<Uint8Array, void> {
  const chunks: Uint8Array[] = [];
  const writer = new TarWriter(async (chunk) => void chunks.push(chunk));
  for (const path of withParents(Object.keys(files))) {
    const content = contentOf(files[path]);
    await writer.add(entryOf(path, files[path], content.byteLength), Readable.from([content]));
    yield* chunks.splice(0);
  }
  await writer.finish();
  yield* chunks;
}

function withParents(paths: readonly string[]): string[] {
  const all = new Set(paths);
  for (const path of paths) {
    const parts = path.replace(/\/$/, '').split('/');
    for (let i = 1; i < parts.length; i++) all.add(`${parts.slice(0, i).join('/')}/`);
  }
  return [...all].sort();
}

function contentOf(spec: FileSpec | undefined): Buffer {
  if (spec === undefined || (typeof spec === 'object' && 'link' in spec)) return Buffer.alloc(0);
  const content = typeof spec === 'object' && 'content' in spec ? spec.content : spec;
  return typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
}

function entryOf(path: string, spec: FileSpec | undefined, size: number): TarEntry {
  const base = { name: Buffer.from(path), uid: 0, gid: 0, mtimeNs: 0n };
  if (path.endsWith('/')) return { ...base, type: 'directory', mode: 0o755, size: 0 };
  if (typeof spec === 'object' && 'link' in spec) {
    return { ...base, type: 'symlink', mode: 0o777, size: 0, linkname: Buffer.from(spec.link) };
  }
  const mode = typeof spec === 'object' && 'mode' in spec ? spec.mode : 0o644;
  return { ...base, type: 'file', mode, size };
}
