import { tarError } from '../tar/tar-error.ts';

/**
 * Paths are handled as "byte strings": one character of code 0 to 255 for each byte, so that names which are not UTF-8
 * survive, and strings can still be split, joined and used as keys.
 */
export type BytePath = string;

const NEEDS_CLEANING = /(?:^|\/)\.{0,2}(?:\/|$)/;
const NON_ASCII = /[\x80-\xff]/;

export function bytePath(path: string | Buffer): BytePath {
  return (typeof path === 'string' ? Buffer.from(path) : path).toString('latin1');
}

/** The path as node:fs takes it. */
export function fsPath(path: BytePath): string | Buffer {
  return NON_ASCII.test(path) ? Buffer.from(path, 'latin1') : path;
}

/** The path as people read it. */
export function readablePath(path: BytePath): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}

/** Joins without a leading slash where the folder is the root (`''`). */
export function joinPath(folder: BytePath, name: BytePath): BytePath {
  return folder === '' ? name : `${folder}/${name}`;
}

/** Folder (`''` for none) and last component. */
export function splitPath(path: BytePath): { folder: BytePath; base: BytePath } {
  const slash = path.lastIndexOf('/');
  return { folder: slash < 0 ? '' : path.slice(0, slash), base: path.slice(slash + 1) };
}

/** A member's name relative to the root, without `.`, doubled or trailing slashes; a leading one means the root too. Throws TAR_ESCAPE on `..`. */
export function memberPath(name: Buffer): BytePath {
  const text = name.toString('latin1').replace(/\/+$/, '');
  if (!NEEDS_CLEANING.test(text)) return text;
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw tarError('TAR_ESCAPE', 'its name has a ".." component', name);
  return parts.join('/');
}
