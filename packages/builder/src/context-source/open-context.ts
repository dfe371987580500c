import { createWriteStream } from 'node:fs';
import { readFile, realpath, rm, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SlipwayError, thisProcess } from '@slipway/core';
import type { DockerfileSource } from '../build-options.ts';
import { isArchive, openArchive } from '../copy/archive.ts';
import { isGitSource, isRemote } from '../copy/download.ts';
import { cloneSource } from '../copy/git-source.ts';
import { Scratch } from '../scratch.ts';
import { openUrl } from './open-url.ts';
import { unpackContext } from './unpack-context.ts';
import { withoutPassword } from './without-password.ts';

interface ContextSourceOptions {
  /** A folder, `-` for standard input, the URL of a Git repository with `#reference:folder`, or one of a tar or a Dockerfile. */
  readonly context: string;
  /** What `--file` says; `-` is standard input. */
  readonly file?: string | undefined;
  readonly keepGitDir?: boolean | undefined;
  readonly stdin: Readable;
  /** Where what is fetched is kept while it is needed: `storePaths().scratchDir`. */
  readonly scratchDir: string;
  readonly signal: AbortSignal;
}

/** The folder to build from; what was fetched for it goes with it. */
export interface OpenedContext extends AsyncDisposable {
  readonly context: string;
  /** For messages, where the folder is a temporary one: where it came from. */
  readonly contextName?: string;
  readonly dockerfile?: DockerfileSource;
}

/**
 * Finds or fetches a build context as `docker build` does: a tar from standard input or a URL is unpacked, what is no tar is
 * a Dockerfile without a context. Throws CONTEXT_…, DOCKERFILE_…, and what cloning throws.
 */
export async function openContext(options: ContextSourceOptions): Promise<OpenedContext> {
  const { file, signal, scratchDir, stdin } = options;
  const context = await gitUrlOf(options.context);
  if (context === '-' && file === '-')
    throw new SlipwayError(
      'usage',
      'CONTEXT_STDIN',
      'standard input is the context or the Dockerfile, not both',
    );
  const isGit = isGitSource(context);
  if (context !== '-' && !isGit && !isRemote(context)) {
    return {
      ...(await localFile(file, stdin)),
      context: resolve(context),
      [Symbol.asyncDispose]: async () => {},
    };
  }
  const scratch = await Scratch.create(scratchDir, thisProcess());
  try {
    const folder = await scratch.subfolder('context');
    const contextName = context === '-' ? 'standard input' : withoutPassword(context);
    const dispose = { [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose]() };
    if (isGit) {
      const keepGitDir = options.keepGitDir ? true : undefined;
      const root = await cloneSource(context, { folder, keepGitDir, checksum: undefined, signal });
      return { ...(await fileInside(root, file, stdin)), context: root, contextName, ...dispose };
    }
    const saved = join(await scratch.subfolder('source'), 'source');
    await pipeline(context === '-' ? stdin : await openUrl(context, signal), createWriteStream(saved), {
      signal,
    });
    if (!(await isArchive(saved))) {
      const text = await readFile(saved, 'utf8');
      return { dockerfile: { text, name: 'Dockerfile' }, context: folder, contextName, ...dispose };
    }
    await unpackContext(contextName, await openArchive(saved), folder, signal);
    await rm(saved);
    return { ...(await fileInside(folder, file, stdin)), context: folder, contextName, ...dispose };
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    throw error;
  }
}

/** `github.com/owner/name` is a repository for docker, unless there is such a folder. */
async function gitUrlOf(context: string): Promise<string> {
  if (!context.startsWith('github.com/') || (await stat(context).catch(() => undefined))) return context;
  const [path = '', ...rest] = context.split('#');
  return [`https://${path.replace(/(\.git)?$/, '.git')}`, ...rest].join('#');
}

type FileChoice = Pick<OpenedContext, 'dockerfile'>;

/** A Dockerfile on this machine. What can be read once only, a pipe, is read now. */
async function localFile(file: string | undefined, stdin: Readable): Promise<FileChoice> {
  if (file === undefined) return {};
  if (file === '-') return { dockerfile: { text: await textOf(stdin), name: 'Dockerfile' } };
  const path = resolve(file);
  const found = await stat(path).catch(() => undefined);
  const once = found !== undefined && !found.isFile() && !found.isDirectory();
  return { dockerfile: once ? { text: await readFile(path, 'utf8'), name: file } : { path } };
}

/** A Dockerfile of a context that was fetched; a symlink of it may not lead to this machine's files. */
async function fileInside(root: string, file = 'Dockerfile', stdin: Readable): Promise<FileChoice> {
  if (file === '-') return await localFile(file, stdin);
  const path = resolve(root, file);
  const inside = relative(await realpath(root), await realpath(path).catch(() => path));
  if (inside.split('/')[0] !== '..' && !isAbsolute(inside)) return { dockerfile: { path } };
  throw new SlipwayError(
    'invalid',
    'DOCKERFILE_OUTSIDE',
    `the Dockerfile ${file} is not inside of the build context`,
  );
}

async function textOf(source: Readable): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
