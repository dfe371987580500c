import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
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

/** Reads the Dockerfile; a relative path is relative to the context. Throws DOCKERFILE_NOT_FOUND. */
export async function readDockerfile(
  context: string,
  source: DockerfileSource | undefined,
): Promise<DockerfileText> {
  if (source && 'text' in source) return source;
  const named = source?.path ?? 'Dockerfile';
  const path = isAbsolute(named) ? named : join(context, named);
  const inside = relative(context, path);
  const name = inside.startsWith('..') ? path : inside;
  try {
    return { text: await readFile(path, 'utf8'), name, path };
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code !== 'ENOENT' && code !== 'EISDIR') throw cause;
    throw new SlipwayError('not-found', 'DOCKERFILE_NOT_FOUND', `there is no Dockerfile at ${path}`, {
      hint: 'name it with --file',
      cause,
    });
  }
}

/** The build context with what `<Dockerfile>.dockerignore`, or else `.dockerignore`, leaves out. Throws CONTEXT_NOT_FOUND. */
export async function contextFolder(folder: string, dockerfile?: DockerfileText): Promise<SourceTree> {
  const root = resolve(folder);
  if (!(await stat(root).catch(() => undefined))?.isDirectory()) {
    throw new SlipwayError('not-found', 'CONTEXT_NOT_FOUND', `the build context ${root} is not a folder`);
  }
  const own =
    dockerfile?.path === undefined ? undefined : await readIgnore(`${dockerfile.path}.dockerignore`);
  const ignore = own ?? (await readIgnore(join(root, '.dockerignore')));
  return { root, title: `the build context ${root}`, ignore, keepsOwners: false };
}

async function readIgnore(file: string): Promise<IgnoreMatcher | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseDockerignore(text, { file });
}
