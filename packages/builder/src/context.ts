import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { SlipwayError } from '@slipway/core';
import { type IgnoreMatcher, parseDockerignore } from '@slipway/dockerfile';
import type { DockerfileSource } from './build-options.ts';
import type { SourceTree } from './copy/source-tree.ts';

/** A Dockerfile's text and the name that messages use for it. */
export interface DockerfileText {
  readonly text: string;
  readonly name: string;
  /** The file, where it is one. */
  readonly path?: string;
}

/** Reads the Dockerfile; a relative path is relative to the context. Throws DOCKERFILE_NOT_FOUND, DOCKERFILE_UNREADABLE, DOCKERFILE_NOT_TEXT. */
export async function readDockerfile(
  context: string,
  source: DockerfileSource | undefined,
): Promise<DockerfileText> {
  const file = source && 'text' in source ? source : await readFileOf(context, source);
  const zero = file.text.indexOf('\0');
  if (zero < 0) return file;
  const line = file.text.slice(0, zero).split('\n').length;
  throw new SlipwayError(
    'invalid',
    'DOCKERFILE_NOT_TEXT',
    'the file is not text in UTF-8: it has zero bytes',
    {
      place: { file: file.name, line },
      hint: 'an editor that saves as UTF-16 makes such files: save it as UTF-8',
    },
  );
}

async function readFileOf(
  context: string,
  source: { readonly path: string } | undefined,
): Promise<DockerfileText> {
  const named = source?.path ?? 'Dockerfile';
  const path = isAbsolute(named) ? named : join(context, named);
  const inside = relative(context, path);
  const name = inside.startsWith('..') ? path : inside;
  try {
    return { text: await readFile(path, 'utf8'), name, path };
  } catch (cause) {
    const other = await lowerCase({ name, path });
    if (other !== undefined) return other;
    throw await unreadable(context, path, cause);
  }
}

/** `dockerfile` where there is no `Dockerfile`, as docker has it. */
async function lowerCase({
  name,
  path,
}: {
  name: string;
  path: string;
}): Promise<DockerfileText | undefined> {
  if (basename(path) !== 'Dockerfile') return undefined;
  const lower = (text: string): string => join(dirname(text), 'dockerfile');
  const text = await readFile(lower(path), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : { text, name: lower(name), path: lower(path) };
}

/** Why there is no Dockerfile to read: the context may be the mistake. */
async function unreadable(context: string, path: string, cause: unknown): Promise<unknown> {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const folder = await stat(context).catch(() => undefined);
  if (code === 'EACCES' && folder !== undefined) {
    const message = `the Dockerfile ${path} cannot be read: permission denied`;
    return new SlipwayError('denied', 'DOCKERFILE_UNREADABLE', message, { cause });
  }
  if (!folder?.isDirectory()) return noFolder(resolve(context), folder !== undefined);
  if (code !== 'ENOENT' && code !== 'EISDIR' && code !== 'ENOTDIR') return cause;
  return new SlipwayError('not-found', 'DOCKERFILE_NOT_FOUND', `there is no Dockerfile at ${path}`, {
    hint: 'name it with --file',
    cause,
  });
}

function noFolder(root: string, exists: boolean): SlipwayError {
  const why = exists ? 'is not a folder' : 'does not exist';
  return new SlipwayError('not-found', 'CONTEXT_NOT_FOUND', `the build context ${root} ${why}`, {
    hint: exists ? 'name the folder, and the Dockerfile with --file' : undefined,
  });
}

/** The build context with what `<Dockerfile>.dockerignore`, or else `.dockerignore`, leaves out. Throws CONTEXT_NOT_FOUND. */
export async function contextFolder(
  folder: string,
  dockerfile?: DockerfileText,
  name: string = resolve(folder),
): Promise<SourceTree> {
  const root = resolve(folder);
  const found = await stat(root).catch(() => undefined);
  if (!found?.isDirectory()) throw noFolder(root, found !== undefined);
  const own =
    dockerfile?.path === undefined ? undefined : await readIgnore(`${dockerfile.path}.dockerignore`);
  const ignore = own ?? (await readIgnore(join(root, '.dockerignore')));
  return { root, title: `the build context ${name}`, ignore, keepsOwners: false };
}

async function readIgnore(file: string): Promise<IgnoreMatcher | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseDockerignore(text, { file });
}
