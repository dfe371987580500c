import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StorePaths, storePaths } from '../build-options.ts';
import { cacheFolder } from './executor-options.ts';
import type { FlagValues } from './parse-flags.ts';

/** Where the executor keeps what it writes, and makes folders for contexts. */
export interface ExecutorStore extends AsyncDisposable {
  readonly paths: StorePaths;
  /** Whether a later build finds it again. */
  readonly lasting: boolean;
  folder(): Promise<string>;
}

/** The cache folder where there is one, else kaniko's folder, else a temporary one: whichever can be written to. */
export async function openExecutorStore(flags: FlagValues): Promise<ExecutorStore> {
  const { folder: cache, isAskedFor } = cacheFolder(flags);
  if (isAskedFor) await mkdir(cache, { recursive: true }).catch(() => {}); // asked for below
  const lasting = await isWritable(cache);
  const own = flags.string('kaniko-dir');
  const temporary = await mkdtemp(join((await isWritable(own)) ? own : tmpdir(), 'build-'));
  let count = 0;
  return {
    paths: storePaths(lasting ? join(cache, 'slipway') : join(temporary, 'store')),
    lasting,
    folder: async () => {
      count += 1;
      const folder = join(temporary, `context-${count}`);
      await mkdir(folder);
      return folder;
    },
    [Symbol.asyncDispose]: () => rm(temporary, { recursive: true, force: true, maxRetries: 3 }),
  };
}

async function isWritable(folder: string): Promise<boolean> {
  return await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}
