/**
 * A path inside a root folder as a string of bytes (one UTF-16 unit a byte, as `latin1` decodes), without a leading
 * slash: file names on Linux need not be UTF-8, and a Buffer is no key of a Map.
 */
export type BytePath = string & { readonly __bytePath: unique symbol };

export const ROOT_PATH: BytePath = '' as BytePath;

/** The byte path of text from a Dockerfile; `/`, `.` and `..` are resolved and never leave the root. */
export function bytePath(text: string): BytePath {
  return cleanPath(Buffer.from(text, 'utf8').toString('latin1'));
}

/** Resolves `.`, `..` and doubled slashes by text alone; `..` at the root stays there. */
export function cleanPath(bytes: string): BytePath {
  const parts: string[] = [];
  for (const part of bytes.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/') as BytePath;
}

export function joinPath(folder: BytePath, name: string): BytePath {
  return (folder === '' ? name : name === '' ? folder : `${folder}/${name}`) as BytePath;
}

export function parentPath(path: BytePath): BytePath {
  return path.slice(0, Math.max(0, path.lastIndexOf('/'))) as BytePath;
}

export function baseName(path: BytePath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The absolute path on this machine, as Node's fs takes it. */
export function hostPath(root: string, path: BytePath): Buffer {
  return Buffer.concat([Buffer.from(path === '' ? root : `${root}/`), Buffer.from(path, 'latin1')]);
}

const NON_ASCII = /[\x80-\xff]/;

/** The same, as text where that is possible: it costs less. */
export function fsPath(root: string, path: BytePath): string | Buffer {
  if (NON_ASCII.test(path)) return hostPath(root, path);
  return path === '' ? root : `${root}/${path}`;
}

/** For messages and for patterns, which are text; bytes that are not UTF-8 become U+FFFD. */
export function pathText(path: string): string {
  return NON_ASCII.test(path) ? Buffer.from(path, 'latin1').toString('utf8') : path;
}
