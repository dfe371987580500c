import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SlipwayError } from '@slipway/core';
import { withoutPassword } from '../context-source/without-password.ts';
import { type BytePath, bytePath, hostPath } from './byte-path.ts';
import { parseGitReference } from './git-reference.ts';
import { lstatInRoot } from './resolve-in-root.ts';

const execute = promisify(execFile);

export interface CloneOptions {
  /** An empty folder. */
  readonly folder: string;
  /** What the instruction says; undefined leaves it to the source's query. */
  readonly keepGitDir: boolean | undefined;
  /** The commit that the reference must have, or its beginning. */
  readonly checksum: string | undefined;
  /** A whole Authorization header for the repository's host, from the build's secrets. */
  readonly authorization?: string | undefined;
  /** What git gets beside this process' environment: how it reaches SSH. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly signal: AbortSignal;
}

/**
 * Clones `URL[?query][#reference[:folder]]` with its submodules and returns the folder inside. Git may not ask for credentials
 * at a terminal. Throws ADD_GIT, ADD_CHECKSUM.
 */
export async function cloneSource(source: string, options: CloneOptions): Promise<string> {
  const wanted = parseGitReference(source);
  const { url, reference, subfolder, submodules } = wanted;
  const { folder, checksum = wanted.checksum, keepGitDir = wanted.keepGitDir ?? false } = options;
  const git = gitIn(source, url, options);
  await git('init', '--quiet');
  await fetchOnly(git, url, reference === '' ? 'HEAD' : reference);
  await git('checkout', '--quiet', 'FETCH_HEAD');
  const commit = await git('rev-parse', 'HEAD');
  if (checksum !== undefined && !commit.startsWith(checksum)) {
    throw new SlipwayError('invalid', 'ADD_CHECKSUM', `${source} is at commit ${commit}, not ${checksum}`);
  }
  if (submodules) await git('submodule', '--quiet', 'update', '--init', '--recursive', '--depth=1');
  if (!keepGitDir) await forgetGit(folder, git);
  return folderInside(source, folder, bytePath(subfolder));
}

type Git = (...args: string[]) => Promise<string>;

/** One commit without those before it, where the server is more than a folder of files. */
async function fetchOnly(git: Git, url: string, reference: string): Promise<void> {
  try {
    await git('fetch', '--quiet', '--depth=1', '--', url, reference);
  } catch (error) {
    if (!/does not support shallow/.test(String(error))) throw error;
    await git('fetch', '--quiet', '--', url, reference);
  }
}

function gitIn(source: string, url: string, options: CloneOptions): Git {
  const { folder, authorization, signal } = options;
  const header = headerFor(url, authorization);
  const env = { ...process.env, GIT_TERMINAL_PROMPT: '0', ...header, ...options.env };
  // Files are for everybody to read, as docker has it. A repository may not take its submodules from this machine's disk.
  const command = ['-c', 'umask 022; exec git "$@"', 'git', '-C', folder, '-c', 'protocol.file.allow=user'];
  return async (...args) => {
    const { stdout } = await execute('sh', [...command, ...args], { env, signal }).catch((cause) => {
      signal.throwIfAborted();
      const text = String(cause.stderr ?? cause.message)
        .trim()
        .split('\n')
        .at(-1);
      throw new SlipwayError('unavailable', 'ADD_GIT', withoutPassword(`cannot clone ${source}: ${text}`), {
        cause,
      });
    });
    return stdout.trim();
  };
}

/** Through the environment: arguments are for everybody to read. Only this host gets it, no submodule's. */
function headerFor(url: string, authorization: string | undefined): NodeJS.ProcessEnv {
  if (authorization === undefined || !URL.canParse(url)) return {};
  const count = Number(process.env.GIT_CONFIG_COUNT ?? 0);
  return {
    GIT_CONFIG_COUNT: `${count + 1}`,
    [`GIT_CONFIG_KEY_${count}`]: `http.${new URL(url).origin}/.extraheader`,
    [`GIT_CONFIG_VALUE_${count}`]: `Authorization: ${authorization}`,
  };
}

/** Removes .git of the repository and of its submodules. */
async function forgetGit(folder: string, git: Git): Promise<void> {
  const modules = await git(
    'submodule',
    '--quiet',
    'foreach',
    '--recursive',
    'printf "%s\\n" "$displaypath"',
  );
  for (const path of ['', ...modules.split('\n').filter(Boolean)])
    await rm(join(folder, path, '.git'), { recursive: true, force: true });
}

/** A symlink in the repository could lead to any folder of this machine: only real folders are followed. */
function folderInside(source: string, root: string, path: BytePath): string {
  const parts = path.split('/').filter(Boolean);
  for (let count = 1; count <= parts.length; count++) {
    const part = parts.slice(0, count).join('/') as BytePath;
    if (!lstatInRoot(root, part)?.isDirectory())
      throw new SlipwayError('invalid', 'ADD_GIT', `${source}: "${part}" is not a folder of the repository`);
  }
  return hostPath(root, path).toString();
}
