import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { SlipwayError } from '@slipway/core';
import { decompressLayer } from '@slipway/oci';
import { openUrl } from '../context-source/open-url.ts';
import { unpackContext } from '../context-source/unpack-context.ts';
import { isGitSource } from '../copy/download.ts';
import { cloneContext, type GitOptions } from './clone-context.ts';

export interface ContextOptions {
  /** What --context says. */
  readonly context: string;
  readonly subPath: string;
  readonly git: GitOptions;
  readonly cwd: string;
  readonly stdin: Readable;
  readonly env: NodeJS.ProcessEnv;
  /** Makes an empty folder for what is downloaded. */
  readonly folder: () => Promise<string>;
  readonly signal: AbortSignal;
}

/** The folder that --context names; archives and repositories are fetched first. Throws CONTEXT_…. */
export async function sourceContext(options: ContextOptions): Promise<string> {
  const root = join(await fetchContext(options), options.subPath);
  if ((await stat(root).catch(() => undefined))?.isDirectory()) return root;
  throw new SlipwayError('not-found', 'CONTEXT_NOT_FOUND', `the build context ${root} is not a folder`);
}

/** Whether the context becomes a temporary folder, whose name says nothing. */
export function isFetched(context: string): boolean {
  return isGitSource(context) || !['dir', undefined].includes(splitScheme(context)[0]);
}

async function fetchContext(options: ContextOptions): Promise<string> {
  const { context, cwd, stdin } = options;
  const [scheme, rest] = splitScheme(context);
  if (isGitSource(context))
    return await cloneContext(context, { ...options, folder: await options.folder() });
  switch (scheme) {
    case undefined:
    case 'dir':
      return resolve(cwd, rest);
    case 'tar':
      return await unpack(options, rest === 'stdin' ? fromPipe(stdin) : createReadStream(resolve(cwd, rest)));
    case 'http':
    case 'https':
      return await unpack(options, await openUrl(context, options.signal));
    default:
      throw new SlipwayError(
        'unsupported',
        'CONTEXT_SCHEME',
        `unknown build context prefix provided: ${scheme}://`,
        { hint: 'dir://, tar://, git:// and https:// are supported; fetch a bucket in a step before' },
      );
  }
}

function splitScheme(context: string): [scheme: string | undefined, rest: string] {
  const at = context.indexOf('://');
  return at < 0 ? [undefined, context] : [context.slice(0, at), context.slice(at + 3)];
}

/** Throws CONTEXT_STDIN for a terminal: nobody types a tar. */
function fromPipe(stdin: Readable & { readonly isTTY?: boolean }): Readable {
  if (!stdin.isTTY) return stdin;
  throw new SlipwayError('usage', 'CONTEXT_STDIN', 'standard input is a terminal, not a tar', {
    hint: 'pipe one into the executor; with docker run that takes --interactive, and no --tty',
  });
}

/** Unpacks a tar, compressed or not. */
async function unpack(options: ContextOptions, source: Readable): Promise<string> {
  const folder = await options.folder();
  await unpackContext(options.context, decompressLayer(source), folder, options.signal);
  return folder;
}
