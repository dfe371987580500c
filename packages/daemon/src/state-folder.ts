import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { SlipwayError } from '@slipway/core';

/** Where everything of one control plane lives; nothing is kept anywhere else. */
export interface StateFolder {
  readonly root: string;
  /** Who runs here and where it listens; see lock.ts. */
  readonly lockFile: string;
  readonly logFile: string;
  /** Which policy it was last started with. */
  readonly policyFile: string;
  readonly kubeconfig: string;
  /** CA, server certificate and the keys that sign tokens (0700). */
  readonly pki: string;
  /** The Kubernetes objects (SQLite). */
  readonly objects: string;
  /** Blobs by digest, shared by registry, pods and builder. */
  readonly content: string;
  /** Unpacked layers by chain ID, shared by pods and builder. */
  readonly layers: string;
  /** Repositories, tags and uploads of the registry. */
  readonly registry: string;
  /** Pods: bundles, volumes, logs. */
  readonly pods: string;
  /** What `slipway seed` has made, by hash of its inputs. */
  readonly seed: string;
  /** The builder's instruction cache. */
  readonly buildCache: string;
  /** A file for each process that serves the registry's store without the control plane. */
  readonly users: string;
}

/** `$XDG_STATE_HOME/slipway`, by default `~/.local/state/slipway` (XDG Base Directory Specification). */
export function defaultStateDir(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_STATE_HOME;
  return join(base?.startsWith('/') ? base : join(homedir(), '.local/state'), 'slipway');
}

export function stateFolder(root: string): StateFolder {
  const at = (name: string): string => join(resolve(root), name);
  return {
    root: resolve(root),
    lockFile: at('control-plane.json'),
    logFile: at('control-plane.log'),
    policyFile: at('policy'),
    kubeconfig: at('kubeconfig'),
    pki: at('pki'),
    objects: at('objects'),
    content: at('content'),
    layers: at('layers'),
    registry: at('registry'),
    pods: at('pods'),
    seed: at('seed'),
    buildCache: at('build-cache'),
    users: at('users'),
  };
}

/** Makes the folders; only this user may read them. Throws STATE_FOLDER where that is not possible. */
export async function createStateFolder(folder: StateFolder): Promise<void> {
  const { root, pki, objects, content, layers, registry, pods, seed, buildCache, users } = folder;
  try {
    for (const path of [root, pki, objects, content, layers, registry, pods, seed, buildCache, users])
      makeFolder(path);
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (['ENOSPC', 'EDQUOT'].includes(code)) throw cause;
    throw new SlipwayError('denied', 'STATE_FOLDER', `the state folder ${root} cannot be made: ${message}`, {
      hint: 'name a folder that you may write to with --state-dir, or in SLIPWAY_STATE_DIR',
      cause,
    });
  }
}

/**
 * With its parents. Not by mkdir's `recursive`, which says "no such file" of a read-only disk and never ends below /proc. Without
 * trips to the thread pool, each of which takes ten times as long as a mkdir.
 */
function makeFolder(path: string): void {
  const make = (): void => void mkdirSync(path, { mode: 0o700 });
  try {
    make();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    makeLate(make);
  }
}

/** Another process may have made it meanwhile. */
function makeLate(make: () => void): void {
  try {
    make();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
