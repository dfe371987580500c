/** What a file is called that has no usable name. */
const NAMELESS = 'download';

/**
 * The name of a file from a URL, as BuildKit finds it: what Content-Disposition says, else the last part of the URL's path.
 * Never a path, so that a server cannot choose another folder.
 */
export function downloadName(url: URL, contentDisposition: string | null): string {
  return safeName(dispositionName(contentDisposition ?? '') ?? decoded(url.pathname));
}

/** `filename*` (RFC 8187) wins over `filename`; undefined where neither is there. */
function dispositionName(header: string): string | undefined {
  const extended = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(header)?.[1];
  const plain = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(header);
  const name = extended === undefined ? undefined : decoded(extended);
  const found = name ?? plain?.[1]?.replace(/\\(.)/g, '$1') ?? plain?.[2];
  return found === '' || found?.endsWith('/') ? undefined : found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // Not encoded, though it looks so.
  }
}

function safeName(path: string): string {
  const name = path.trim().split('/').filter(Boolean).at(-1) ?? '';
  return name === '' || name === '.' || name === '..' || /[\x00-\x1f\x7f-\x9f]/.test(name) ? NAMELESS : name;
}
