import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

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

/** Makes the folders; only this user may read them. */
export async function createStateFolder(folder: StateFolder): Promise<void> {
  await mkdir(folder.root, { recursive: true, mode: 0o700 });
  const { pki, objects, content, layers, registry, pods, seed, buildCache, users } = folder;
  for (const path of [pki, objects, content, layers, registry, pods, seed, buildCache, users]) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  }
}
