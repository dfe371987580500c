import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SlipwayError } from '@slipway/core';
import { bytePath } from './byte-path.ts';

const execute = promisify(execFile);

export interface CloneOptions {
  /** An empty folder. */
  readonly folder: string;
  readonly keepGitDir: boolean;
  /** The commit that the reference must have, or its beginning. */
  readonly checksum: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Clones `URL[#reference[:folder]]` and returns the folder inside. Credentials are git's own matter; it may not ask for
 * them at a terminal. Throws ADD_GIT, ADD_CHECKSUM.
 */
export async function cloneSource(source: string, options: CloneOptions): Promise<string> {
  const [url = '', fragment = ''] = source.split('#', 2);
  const [reference = '', subfolder = ''] = fragment.split(':', 2);
  const { folder, signal, checksum } = options;
  const git = async (...args: string[]): Promise<string> => {
    const env = { ...process.env, GIT_TERMINAL_PROMPT: '0' };
    const { stdout } = await execute('git', ['-C', folder, ...args], { env, signal }).catch((cause) => {
      const text = String(cause.stderr ?? cause.message)
        .trim()
        .split('\n')
        .at(-1);
      throw new SlipwayError('unavailable', 'ADD_GIT', `cannot clone ${source}: ${text}`, { cause });
    });
    return stdout.trim();
  };
  await git('init', '--quiet');
  await git('fetch', '--quiet', '--depth=1', '--', url, reference === '' ? 'HEAD' : reference);
  await git('checkout', '--quiet', 'FETCH_HEAD');
  const commit = await git('rev-parse', 'HEAD');
  if (checksum !== undefined && !commit.startsWith(checksum)) {
    throw new SlipwayError('invalid', 'ADD_CHECKSUM', `${source} is at commit ${commit}, not ${checksum}`);
  }
  if (!options.keepGitDir) await rm(join(folder, '.git'), { recursive: true, force: true });
  return join(folder, Buffer.from(bytePath(subfolder), 'latin1').toString());
}
