import { type StdioOptions, spawn } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { SlipwayError } from '@slipway/core';
import {
  contiguousIds,
  type IdMapKind,
  inInitialUserNamespace,
  namespaceEnvironment,
  parseIdMap,
} from '../machine/user-namespace.ts';
import { exitStatus } from '../process/execute.ts';
import { procIsMasked } from '../spec/runtime-place.ts';
import { mapIds } from './id-map.ts';
import { OWN_PIDS, ownPidsIfAllowed } from './own-pids.ts';

export interface ReexecOptions {
  /** Program and arguments, as `[process.execPath, ...process.argv.slice(1)]`. */
  readonly argv: readonly string[];
  /** Default: this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: inherited. */
  readonly stdio?: StdioOptions;
  /** Makes the program process 1 of a pid namespace, as `ownPidsIfAllowed`. */
  readonly ownPids?: boolean;
  /** Resolves when all that is waited for is done: what is left of the program then ends by itself. Default: never. */
  readonly done?: Promise<unknown> | undefined;
  /** Ends the program with SIGTERM. */
  readonly signal?: AbortSignal;
  /**
   * A process whose user and mount namespaces to enter instead of making new ones, when it still lives: mounts and
   * containers of an earlier run are only reachable there. See `ContainerMonitor.namespaceHolder`.
   */
  readonly join?: number | undefined;
}

const FORWARDED: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];
/** Keeps the new namespace alive until its input closes, which it also does when we are killed. */
const HOLDER = 'echo ready; read _';

/**
 * Runs a program as root of its own user and mount namespace, where it may mount, chroot and map ids, and gives its
 * exit code (128 + n for signal n, 0 where it is not waited for). Throws USER_NAMESPACE_UNAVAILABLE where the machine allows none.
 */
export async function reexecInUserNamespace(options: ReexecOptions): Promise<number> {
  const joined = options.join === undefined ? undefined : await openNamespace(options.join);
  using target = joined ?? (await createNamespace());
  const program = joined ? joinedProgram(options.argv) : newNamespaces(options);
  const enter = [
    '--user',
    ...(joined ? ['--mount'] : []),
    '--preserve-credentials',
    '--target',
    String(target.pid),
  ];
  const env = { ...(options.env ?? process.env), ...namespaceEnvironment(target.link, target.kind) };
  return await runForwardingSignals('nsenter', [...enter, '--', ...program], { ...options, env });
}

function newNamespaces({ argv, ownPids }: ReexecOptions): string[] {
  const mounts = ['unshare', '--mount', '--propagation', 'private'];
  if (!ownPids) return [...mounts, '--', ...argv];
  // On a machine itself there is nothing to try.
  const isAllowed = inInitialUserNamespace() && !procIsMasked();
  return isAllowed ? [...mounts, ...OWN_PIDS, '--', ...argv] : [...mounts, '--', ...ownPidsIfAllowed(argv)];
}

/** Entering a mount namespace goes to its root folder; back to where we were, as the program there sees it. */
function joinedProgram(argv: readonly string[]): string[] {
  return ['sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', process.cwd(), ...argv];
}

interface UserNamespace extends Disposable {
  readonly pid: number;
  /** As `user:[4026532177]`. */
  readonly link: string;
  readonly kind: IdMapKind;
}

async function openNamespace(pid: number): Promise<UserNamespace | undefined> {
  const link = await readlink(`/proc/${pid}/ns/user`).catch(() => undefined);
  if (link === undefined || link === (await readlink('/proc/self/ns/user'))) return undefined;
  return {
    pid,
    link,
    kind: kindOfMap(await readFile(`/proc/${pid}/uid_map`, 'utf8')),
    [Symbol.dispose]: () => {},
  };
}

function kindOfMap(text: string): IdMapKind {
  const ranges = parseIdMap(text);
  if (contiguousIds(ranges) <= 1) return 'single';
  return ranges.length === 1 ? 'parent-range' : 'subordinate';
}

async function createNamespace(): Promise<UserNamespace> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const holder = spawn('unshare', ['--user', '--', 'sh', '-c', HOLDER], { stdio: ['pipe', 'pipe', 'pipe'] });
  let problem = '';
  holder.stderr.on('data', (chunk) => {
    problem += String(chunk);
  });
  holder.stdout.once('data', () => resolve());
  holder.once('error', reject);
  holder.once('close', () => reject(unavailable(problem)));
  await promise;
  const pid = holder.pid!;
  const release = (): void => void holder.stdin.end();
  try {
    const kind = await mapIds(pid);
    return { pid, kind, link: await readlink(`/proc/${pid}/ns/user`), [Symbol.dispose]: release };
  } catch (error) {
    release();
    throw error;
  }
}

function unavailable(stderr: string): SlipwayError {
  const reason = stderr.trim().replace(/^unshare: /, '') || 'unshare failed';
  const nested = !inInitialUserNamespace();
  return new SlipwayError('unsupported', 'USER_NAMESPACE_UNAVAILABLE', `no user namespace: ${reason}`, {
    hint: nested
      ? 'the container or pod forbids it: its seccomp profile must be Unconfined'
      : 'check /proc/sys/user/max_user_namespaces and kernel.apparmor_restrict_unprivileged_userns; a container needs seccomp profile Unconfined',
  });
}

async function runForwardingSignals(
  file: string,
  args: readonly string[],
  options: ReexecOptions,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(file, args, { stdio: options.stdio ?? 'inherit', env: options.env });
  // A terminal sends Ctrl-C to the program as well: forwarded as SIGTERM it does not look like a second one.
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal === 'SIGINT' ? 'SIGTERM' : signal);
  const stop = (): void => void child.kill('SIGTERM');
  for (const signal of FORWARDED) process.on(signal, forward);
  options.signal?.addEventListener('abort', stop, { once: true });
  child.once('error', reject);
  child.once('close', (code, signal) => resolve(exitStatus(code, signal)));
  try {
    const done = options.done?.then(() => child.unref());
    return (await (done ? Promise.race([promise, done]) : promise)) ?? 0;
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
    options.signal?.removeEventListener('abort', stop);
  }
}
