// The tree that an image's layers add up to, read from their tars in memory: independent of the code that unpacks layers.
import { createHash } from 'node:crypto';
import { readTar, type TarEntry } from '@slipway/oci';

/** A member of a layer. */
export interface Member {
  readonly entry: TarEntry;
  /** SHA-256 of a file's content. */
  readonly content: string | undefined;
}

/** What is at a path; names of the same file share one. */
export interface Inode {
  readonly entry: TarEntry;
  readonly content: string | undefined;
  readonly names: Set<string>;
}

/** By path as a byte string (one UTF-16 unit a byte), without leading and trailing slashes. */
export type Tree = Map<string, Inode>;

export async function readMembers(tar: AsyncIterable<Uint8Array>): Promise<Member[]> {
  const members: Member[] = [];
  for await (const { entry, body } of readTar(tar)) {
    const hash = createHash('sha256');
    for await (const chunk of body) hash.update(chunk);
    members.push({ entry, content: entry.type === 'file' ? hash.digest('hex') : undefined });
  }
  return members;
}

export function memberPath(name: Buffer): string {
  return name
    .toString('latin1')
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/** Lays the layers over each other, bottom first. */
export function flatten(layers: readonly (readonly Member[])[]): Tree {
  const tree: Tree = new Map();
  for (const layer of layers) {
    for (const { entry } of layer) applyWhiteout(tree, memberPath(entry.name));
    for (const member of layer) put(tree, member);
  }
  return tree;
}

function applyWhiteout(tree: Tree, path: string): void {
  const slash = path.lastIndexOf('/') + 1;
  const [folder, name] = [path.slice(0, slash), path.slice(slash)];
  if (name === '.wh..wh..opq') removeBelow(tree, folder);
  else if (name.startsWith('.wh.')) {
    const hidden = folder + name.slice('.wh.'.length);
    remove(tree, hidden);
    removeBelow(tree, `${hidden}/`);
  }
}

function put(tree: Tree, { entry, content }: Member): void {
  const path = memberPath(entry.name);
  if (path === '' || path.slice(path.lastIndexOf('/') + 1).startsWith('.wh.')) return;
  const before = tree.get(path);
  if (before && entry.type !== 'directory') removeBelow(tree, `${path}/`);
  remove(tree, path);
  const first = entry.type === 'hardlink' ? tree.get(memberPath(entry.linkname!)) : undefined;
  const inode = first ?? { entry, content, names: new Set() };
  inode.names.add(path);
  tree.set(path, inode);
}

function remove(tree: Tree, path: string): void {
  tree.get(path)?.names.delete(path);
  tree.delete(path);
}

function removeBelow(tree: Tree, folder: string): void {
  for (const path of [...tree.keys()]) if (path.startsWith(folder)) remove(tree, path);
}
