import type { Stats } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { HostPathVolumeSource } from '@slipway/kube';
import { ConfigProblem } from '../container/config-problem.ts';

const CHECKS: Readonly<Record<string, { what: string; ok: (stats: Stats) => boolean }>> = {
  Directory: { what: 'a directory', ok: (stats) => stats.isDirectory() },
  DirectoryOrCreate: { what: 'a directory', ok: (stats) => stats.isDirectory() },
  File: { what: 'a file', ok: (stats) => stats.isFile() },
  FileOrCreate: { what: 'a file', ok: (stats) => stats.isFile() },
  Socket: { what: 'a socket file', ok: (stats) => stats.isSocket() },
  CharDevice: { what: 'a character device', ok: (stats) => stats.isCharacterDevice() },
  BlockDevice: { what: 'a block device', ok: (stats) => stats.isBlockDevice() },
};

/** Checks a path of this machine against the type that the volume asks for, making it where the type says so. */
export async function prepareHostPath({ path, type = '' }: HostPathVolumeSource): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found) {
    await createHostPath(path, type);
    return path;
  }
  const check = CHECKS[type];
  if (check && !check.ok(found))
    throw new ConfigProblem(`hostPath type check failed: ${path} is not ${check.what}`);
  return path;
}

async function createHostPath(path: string, type: string): Promise<void> {
  // Without a type the runtimes make a folder.
  if (type === '' || type === 'DirectoryOrCreate') await mkdir(path, { recursive: true, mode: 0o755 });
  else if (type === 'FileOrCreate') {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '', { flag: 'a', mode: 0o644 });
  } else {
    const hint =
      type === 'Socket' ? ': is the program running that listens on it (dockerd for docker.sock)?' : '';
    throw new ConfigProblem(`hostPath type check failed: ${path} does not exist${hint}`);
  }
}
