import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SlipwayError } from '@slipway/core';
import { withoutPassword } from '../context-source/without-password.ts';
import { flagError, parseBoolean } from './parse-flags.ts';

const execute = promisify(execFile);

/** What --git says. */
export interface GitOptions {
  readonly branch?: string | undefined;
  readonly recurseSubmodules?: boolean | undefined;
  /** Certificates are not verified. */
  readonly insecureSkipTls?: boolean | undefined;
}

const FIELDS: readonly string[] = ['branch', 'single-branch', 'recurse-submodules', 'insecure-skip-tls'];

/** Reads `branch=NAME`, `recurse-submodules=BOOL` and so on, with commas between or one by one; no more of a repository is fetched than is needed anyway. */
export function parseGitOptions(texts: readonly string[]): GitOptions {
  const known = new Map<string, string>();
  for (const text of texts) {
    const wrong = (why: string): SlipwayError =>
      flagError(`invalid argument "${text}" for "--git" flag: ${why}`);
    for (const field of text.split(',').filter((part) => part !== '')) {
      const [name = '', value] = field.split('=', 2);
      if (value === undefined) throw wrong('invalid git flag, must be in the key=value format');
      if (!FIELDS.includes(name)) throw wrong(`unknown field "${name}"`);
      if (name !== 'branch' && parseBoolean(value) === undefined)
        throw wrong(`strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
      known.set(name, value);
    }
  }
  return {
    branch: known.get('branch'),
    recurseSubmodules: parseBoolean(known.get('recurse-submodules') ?? 'false'),
    insecureSkipTls: parseBoolean(known.get('insecure-skip-tls') ?? 'false'),
  };
}

export interface CloneContextOptions {
  readonly git: GitOptions;
  readonly env: NodeJS.ProcessEnv;
  /** An empty folder. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/**
 * Clones `git://host/repository#reference#commit`. As with kaniko, `git://` stands for https (GIT_PULL_METHOD: http, ssh), and
 * GIT_TOKEN, or GIT_USERNAME and GIT_PASSWORD, log in; they reach git in its environment only. Throws CONTEXT_GIT.
 */
export async function cloneContext(source: string, options: CloneContextOptions): Promise<string> {
  const { git: settings, folder, signal } = options;
  const [address = '', reference = '', commit = ''] = source.split('#');
  const url = repositoryUrl(address, options.env);
  const lax = settings.insecureSkipTls ? { GIT_SSL_NO_VERIFY: 'true' } : {};
  const env = { ...options.env, ...credentialHelper(options.env), ...lax, GIT_TERMINAL_PROMPT: '0' };
  const git = async (...args: string[]): Promise<void> => {
    await execute('git', ['-C', folder, ...args], { env, signal });
  };
  const wanted = reference || settings.branch || 'HEAD';
  try {
    await git('init', '--quiet');
    // A server need not give out single commits: then their branch is fetched whole.
    await git('fetch', '--quiet', '--depth=1', '--', url, commit || wanted).catch(async (error) => {
      if (commit === '') throw error;
      await git('fetch', '--quiet', '--', url, wanted);
    });
    await git('checkout', '--quiet', commit || 'FETCH_HEAD');
    if (settings.recurseSubmodules) {
      await git('submodule', '--quiet', 'update', '--init', '--recursive', '--depth=1');
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw cloneError(address, cause);
  }
  return folder;
}

function repositoryUrl(address: string, env: NodeJS.ProcessEnv): string {
  if (!address.startsWith('git://')) return address;
  const method = env.GIT_PULL_METHOD || 'https';
  return `${method}://${address.slice('git://'.length)}`;
}

/** A helper that reads the variables itself, so that no argument and no file has the secret. */
function credentialHelper(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const token = env.GIT_TOKEN;
  if (!token && !env.GIT_USERNAME) return {};
  const count = Number(env.GIT_CONFIG_COUNT ?? '0');
  const [user, password] = token ? ['GIT_TOKEN', 'GIT_TOKEN'] : ['GIT_USERNAME', 'GIT_PASSWORD'];
  return {
    GIT_CONFIG_COUNT: String(count + 1),
    [`GIT_CONFIG_KEY_${count}`]: 'credential.helper',
    [`GIT_CONFIG_VALUE_${count}`]: `!f() { echo "username=$${user}"; echo "password=$${password}"; }; f`,
  };
}

function cloneError(address: string, cause: unknown): SlipwayError {
  const text = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : String(cause);
  const line = text.trim().split('\n').at(-1);
  return new SlipwayError('unavailable', 'CONTEXT_GIT', withoutPassword(`cannot clone ${address}: ${line}`), {
    cause,
  });
}
