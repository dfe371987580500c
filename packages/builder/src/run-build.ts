import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { getCompileCacheDir } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownPidsIfAllowed, reexecInUserNamespace } from '@slipway/containers';
import { SlipwayError, thisProcess, toSlipwayError } from '@slipway/core';
import { findUnfinished } from '@slipway/oci';
import { buildFromCache } from './build-from-cache.ts';
import type { BuildOptions, BuildResult, IsolationChoice } from './build-options.ts';
import { keptPrograms } from './isolation/in-place/in-place-programs.ts';
import { findAbandoned } from './scratch.ts';
import { Meeting } from './worker/meeting.ts';

export interface RunBuildOptions extends BuildOptions {
  /**
   * The program that builds, without the socket that is added as its last argument. Default: this Node with the worker of
   * the sources, or of the bundle, that this is.
   */
  readonly worker?: readonly string[] | undefined;
}

/**
 * Builds an image: what is in the cache as a whole here and now, all else in a process of its own, inside a user and mount namespace where the place allows one, so that the
 * caller needs no privileges and nothing can stay mounted. Credentials are asked for over a socket in a private folder:
 * they are in no argument, variable or file. Throws what `buildImage` throws, and BUILD_WORKER_FAILED.
 */
export async function runBuild(options: RunBuildOptions): Promise<BuildResult> {
  const { worker, ...given } = options;
  const build = { ...given, resolvedImages: {} };
  const { signal, store } = build;
  signal?.throwIfAborted();
  const inPlace = build.isolation === 'in-place' ? keptPrograms() : undefined;
  await mkdir(store.cacheDir, { recursive: true });
  const abandoned = await findAbandoned(store.scratchDir);
  // What killed builds left is the worker's to remove.
  const unfinished = await findUnfinished([join(store.contentDir, 'ingest'), store.layersDir]);
  const known = abandoned.length + unfinished.length === 0 ? await buildFromCache(build) : undefined;
  if (known !== undefined) return known;
  const housekeeping = { owner: thisProcess(), abandoned, unfinished };
  await using meeting = await Meeting.open(build, housekeeping);
  const argv = [...(worker ?? defaultWorker(inPlace?.node)), meeting.path];
  // glibc keeps memory apart for each thread: what zlib frees in one is not used by the others.
  const env = {
    MALLOC_ARENA_MAX: '2',
    ...process.env,
    NODE_COMPILE_CACHE: compileCache(store.cacheDir),
    ...inPlace?.env,
  };
  // Cleaning up comes before the result: that the process takes itself apart then is nothing to wait for.
  const exited = startWorker(argv, env, build.isolation ?? 'auto', meeting.done);
  const [ending] = await Promise.allSettled([exited]);
  if (ending.status === 'rejected') throw ending.reason;
  const result = await meeting.result();
  if (result !== undefined) return result;
  signal?.throwIfAborted();
  throw new SlipwayError(
    'internal',
    'BUILD_WORKER_FAILED',
    `the process that builds ended with exit code ${ending.value}, without a result`,
  );
}

/** Starts the worker in namespaces of its own; where there are none to be had, or none are wanted, as it is, for the lower rungs. */
async function startWorker(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  isolation: IsolationChoice,
  done: Promise<void>,
): Promise<number> {
  const stdio = ['ignore', 'inherit', 'inherit'] as const;
  if (isolation === 'auto' || isolation === 'userns') {
    try {
      return await reexecInUserNamespace({ argv, env, stdio: [...stdio], ownPids: true, done });
    } catch (error) {
      const { code } = toSlipwayError(error);
      if (isolation === 'userns' || !code.startsWith('USER_NAMESPACE_')) throw error;
    }
  }
  const [file, ...args] = isolation === 'in-place' ? argv : ownPidsIfAllowed(argv);
  const child = spawn(file!, args, { stdio: [...stdio], env });
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
    done.then(() => {
      child.unref();
      resolve(0);
    });
  });
}

/**
 * Where Node keeps what it compiled: compiling the sources anew is most of what a small build costs. Our own folder serves
 * every state folder; a program that has none gets one beside the build cache.
 */
function compileCache(cacheDir: string): string {
  const own = getCompileCacheDir(); // Node's version and the user are its last part.
  return own === undefined ? join(cacheDir, 'compiled') : dirname(own);
}

function defaultWorker(node: string = process.execPath): readonly string[] {
  // Young objects are few; by default the collector lets tens of megabytes of them wait.
  const flags = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=2'];
  return [node, ...flags, fileURLToPath(new URL('./worker.ts', import.meta.url))];
}
