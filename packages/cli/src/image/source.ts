import { type OpenedContext, openContext } from '@slipway/builder';
import type { ImageBuildOptions } from '../commands/image/build.ts';

/** The context and the Dockerfile that the command line names, fetched where they are not on this machine's disk. */
export async function openSource(
  context: string,
  { file, buildArg = {} }: Pick<ImageBuildOptions, 'file' | 'buildArg'>,
  { scratchDir, signal }: { readonly scratchDir: string; readonly signal: AbortSignal },
): Promise<OpenedContext> {
  const keepGitDir = /^(1|true)$/i.test(buildArg.BUILDKIT_CONTEXT_KEEP_GIT_DIR ?? '');
  return await openContext({ context, file, keepGitDir, stdin: process.stdin, scratchDir, signal });
}
