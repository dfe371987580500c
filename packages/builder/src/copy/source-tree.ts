import { type BigIntStats, readdirSync } from 'node:fs';
import { SlipwayError } from '@slipway/core';
import { type IgnoreMatcher, ignoreMatcher } from '@slipway/dockerfile';
import type { OwnerTable, XattrTable } from '@slipway/oci';
import { type BytePath, bytePath, fsPath, joinPath, pathText, ROOT_PATH } from './byte-path.ts';
import { explainGone } from './file-reader.ts';
import { hasWildcard, wildcardExpression } from './glob.ts';
import { lstatInRoot, resolveInRoot } from './resolve-in-root.ts';

/** A folder that COPY reads from: the build context, or the root filesystem of a stage or an image. */
export interface SourceTree {
  readonly root: string;
  /** For messages: `the build context`, `stage "build"`. */
  readonly title: string;
  /** What .dockerignore leaves out. */
  readonly ignore?: IgnoreMatcher | undefined;
  /** Owners of the files are kept (a stage or an image) or become 0:0 (the context). */
  readonly keepsOwners: boolean;
  /** Recorded owners of the files, where there is one id. */
  readonly owners?: OwnerTable | undefined;
  /** Extended attributes of the files, where they are copied. */
  readonly xattrs?: XattrTable | undefined;
}

/** One file that a source names, and what stands there once symlinks are followed. */
export interface SourceMatch {
  /** As named, for the name at the destination. */
  readonly named: BytePath;
  readonly resolved: BytePath;
  readonly stat: BigIntStats;
}

/** The names in a folder of the tree, sorted by their bytes. Throws COPY_SOURCE_CHANGED where there is no such folder any more. */
export function listFolder(tree: SourceTree, folder: BytePath): string[] {
  const path = fsPath(tree.root, folder);
  try {
    return readdirSync(path, { encoding: 'latin1' }).sort();
  } catch (error) {
    throw explainGone(error, path);
  }
}

/**
 * What one source of COPY names. Wildcards are Go's `filepath.Match`, a part of the path at a time, and may match nothing,
 * as with docker; a plain name must exist. Throws COPY_SOURCE_NOT_FOUND.
 */
export function matchSource(tree: SourceTree, source: string): SourceMatch[] {
  if (!hasWildcard(source)) {
    const match = lookUp(tree, bytePath(source));
    if (match) return [match];
    throw notFound(tree, source);
  }
  let folders: BytePath[] = [ROOT_PATH];
  for (const part of source.split('/').filter((name) => name !== '' && name !== '.')) {
    folders = folders.flatMap((folder) => expandPart(tree, folder, part));
  }
  return folders.map((path) => lookUp(tree, path)).filter((match) => match !== undefined);
}

/** A match of `COPY --parents`, and the folder below which its own folders are kept. */
export interface ParentsMatch {
  readonly match: SourceMatch;
  readonly pivot: BytePath;
}

/**
 * What one source of `COPY --parents` names: `/./` marks the folder that names count from, and wildcards are those of
 * .dockerignore, `**` included. A plain name must exist. Throws COPY_SOURCE_NOT_FOUND.
 */
export function matchParents(tree: SourceTree, source: string): ParentsMatch[] {
  const at = source.indexOf('/./');
  const pivot = at < 0 ? ROOT_PATH : bytePath(source.slice(0, at));
  const pattern = at < 0 ? source : source.slice(at + '/./'.length);
  if (!hasWildcard(pattern)) {
    return matchSource(tree, joinPath(pivot, bytePath(pattern))).map((match) => ({ match, pivot }));
  }
  const wanted = ignoreMatcher([pattern.replace(/^(?:\.?\/)+/, '')]);
  const found: ParentsMatch[] = [];
  const walk = (folder: BytePath, relative: BytePath): void => {
    for (const name of listFolder(tree, folder)) {
      const match = lookUp(tree, joinPath(folder, name));
      if (!match || match.resolved !== match.named) continue;
      const path = joinPath(relative, name);
      if (wanted.excludes(pathText(path))) found.push({ match, pivot });
      else if (match.stat.isDirectory() && !tree.ignore?.prunes(pathText(match.named)))
        walk(match.named, path);
    }
  };
  walk(resolveInRoot(tree.root, pivot), ROOT_PATH);
  return found;
}

function expandPart(tree: SourceTree, folder: BytePath, part: string): BytePath[] {
  const resolved = resolveInRoot(tree.root, folder);
  if (!lstatInRoot(tree.root, resolved)?.isDirectory()) return [];
  if (!hasWildcard(part)) {
    const path = joinPath(folder, bytePath(part));
    return lstatInRoot(tree.root, joinPath(resolved, bytePath(part))) ? [path] : [];
  }
  const expression = wildcardExpression(part);
  return listFolder(tree, resolved)
    .filter((name) => expression.test(pathText(name)))
    .map((name) => joinPath(folder, name));
}

function lookUp(tree: SourceTree, named: BytePath): SourceMatch | undefined {
  const resolved = resolveInRoot(tree.root, named);
  const stat = lstatInRoot(tree.root, resolved);
  if (!stat) return undefined;
  // An ignored folder may still hold files that a later `!` pattern brings back; only its files are dropped.
  if (!stat.isDirectory() && tree.ignore?.excludes(pathText(resolved))) return undefined;
  return { named, resolved, stat };
}

function notFound(tree: SourceTree, source: string): SlipwayError {
  const path = bytePath(source);
  const excluded = lstatInRoot(tree.root, path) && tree.ignore?.excludes(pathText(path));
  return new SlipwayError('invalid', 'COPY_SOURCE_NOT_FOUND', `"${source}" is not in ${tree.title}`, {
    hint: excluded ? 'it is there, but .dockerignore leaves it out' : undefined,
  });
}
