import { chmod, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unmountAll } from '@slipway/containers';
import type { Pod } from '@slipway/kube';

/**
 * The folders of one pod: `<stateDir>/pods/<namespace>_<name>_<uid>/<container>/` holds its logs, and
 * `<stateDir>/sandboxes/<uid>/` everything else.
 */
export class Sandbox {
  readonly folder: string;
  readonly logFolder: string;

  constructor(stateDir: string, pod: Pod) {
    const { namespace = 'default', name, uid = name } = pod.metadata;
    this.folder = join(stateDir, 'sandboxes', uid);
    this.logFolder = join(stateDir, 'pods', `${namespace}_${name}_${uid}`);
  }

  get progressFile(): string {
    return join(this.folder, 'progress.json');
  }

  volume(name: string): string {
    return join(this.folder, 'volumes', name);
  }

  /** hosts, resolv.conf, hostname. */
  etc(name: string): string {
    return join(this.folder, 'etc', name);
  }

  /** What the pod's steps share under /tekton. */
  tekton(...parts: string[]): string {
    return join(this.folder, 'tekton', ...parts);
  }

  /** Files and mounts of one container. */
  container(name: string, ...parts: string[]): string {
    return join(this.folder, 'containers', name, ...parts);
  }

  /** The log of one run of a container; runs are numbered from 0. */
  log(container: string, run: number): string {
    return join(this.logFolder, container, `${run}.log`);
  }

  /** Unmounts and removes all, logs included. */
  async remove(): Promise<void> {
    await unmountAll(this.folder);
    await rm(this.folder, { recursive: true, force: true });
    await rm(this.logFolder, { recursive: true, force: true });
  }
}

/** Makes a folder that any user may write to, whatever the umask; one that is there keeps its mode. */
export async function makeShared(folder: string): Promise<void> {
  if (await stat(folder).catch(() => undefined)) return;
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o777);
}
