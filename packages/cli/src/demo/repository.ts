import { execFile } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Makes `<folder>/<name>.git`, a bare repository with one commit of these sources on branch main, and returns the
 * commit. Author and date are fixed, so the same sources give the same commit.
 */
export async function makeRepository(folder: string, name: string, sources: string): Promise<string> {
  const work = join(folder, name);
  const bare = `${work}.git`;
  await mkdir(folder, { recursive: true });
  await cp(sources, work, { recursive: true });
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_AUTHOR_NAME: 'Slipway',
    GIT_AUTHOR_EMAIL: 'demo@slipway.dev',
    GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
    GIT_COMMITTER_NAME: 'Slipway',
    GIT_COMMITTER_EMAIL: 'demo@slipway.dev',
    GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z',
  };
  const git = (...args: string[]): Promise<{ stdout: string }> => run('git', args, { cwd: work, env });
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'Say hello');
  await git('clone', '--quiet', '--bare', work, bare);
  await git('--git-dir', bare, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  return (await git('rev-parse', 'HEAD')).stdout.trim();
}
