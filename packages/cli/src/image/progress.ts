import {
  jsonProgress,
  type LiveProgress,
  plainProgress,
  silentProgress,
  ttyProgress,
} from '@slipway/builder';
import type { ImageBuildOptions } from '../commands/image/build.ts';

type Wishes = Pick<ImageBuildOptions, 'progress' | 'quiet' | 'explainCache'>;

/**
 * How this command shows a build, on standard error. A tree needs a terminal that can move its cursor; NO_COLOR takes the colours.
 * A program that asked for JSON gets no progress unless it asked for that, too.
 */
export function openProgress(
  options: Wishes,
  json: boolean,
  stream: NodeJS.WriteStream = process.stderr,
): LiveProgress {
  const { explainCache } = options;
  const write = (text: string): unknown => stream.write(text);
  switch (kindOf(options, json, stream)) {
    case 'quiet':
      return { ...silentProgress, close: () => {} };
    case 'json':
      return { ...jsonProgress(write), close: () => {} };
    case 'plain':
      return { ...plainProgress(write, Date.now, { explainCache }), close: () => {} };
    case 'tty':
      return liveTree(explainCache, stream);
  }
}

function kindOf(
  { progress, quiet = false }: Wishes,
  json: boolean,
  stream: NodeJS.WriteStream,
): 'tty' | 'plain' | 'json' | 'quiet' {
  if (quiet) return 'quiet';
  if (progress !== 'auto') return progress;
  if (json) return 'quiet';
  return stream.isTTY && process.env.TERM !== 'dumb' ? 'tty' : 'plain';
}

/** However this process ends, the cursor is there again. */
function liveTree(explainCache: boolean | undefined, stream: NodeJS.WriteStream): LiveProgress {
  const color = stream.isTTY && stream.hasColors() && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  const live = ttyProgress(stream, { explainCache, color });
  process.once('exit', live.close);
  return {
    emit: live.emit,
    close: () => {
      process.off('exit', live.close);
      live.close();
    },
  };
}
