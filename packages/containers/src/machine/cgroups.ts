import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

/** `v1` where each controller has its hierarchy (with or without `unified` beside them), `v2` where there is one tree. */
export function cgroupVersion(): 'v1' | 'v2' | 'none' {
  if (existsSync(join(ROOT, 'cgroup.controllers'))) return 'v2';
  return existsSync(join(ROOT, 'memory')) || existsSync(join(ROOT, 'pids')) ? 'v1' : 'none';
}

/** The controllers that this machine's cgroups offer, as `memory`, `cpu`, `pids`. */
export function cgroupControllers(): string[] {
  if (cgroupVersion() === 'v2') {
    return readFileSync(join(ROOT, 'cgroup.controllers'), 'utf8').trim().split(' ').filter(Boolean);
  }
  return ['cpu', 'memory', 'pids', 'cpuset', 'blkio', 'freezer', 'devices'].filter((name) =>
    existsSync(join(ROOT, name)),
  );
}

/**
 * Bytes that the processes of a cgroup and of those below it hold now, of their own or in tmpfs: what only ends with them, so
 * neither page cache nor buffers. Undefined where the kernel does not count them.
 */
export async function memoryInUse(cgroupPath: string): Promise<number | undefined> {
  const places = [
    { file: join(ROOT, 'memory', cgroupPath, 'memory.stat'), members: ['total_rss', 'total_shmem'] },
    { file: join(ROOT, cgroupPath, 'memory.stat'), members: ['anon', 'shmem'] },
  ];
  for (const { file, members } of places) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const value = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
    return members.reduce((sum, name) => sum + value(name), 0);
  }
  return undefined;
}

/** Whether the kernel killed a process of this cgroup for want of memory. False where it is gone or not counted. */
export async function wasOutOfMemory(cgroupPath: string): Promise<boolean> {
  const files = [
    join(ROOT, 'memory', cgroupPath, 'memory.oom_control'),
    join(ROOT, cgroupPath, 'memory.events'),
  ];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0) > 0) return true;
  }
  return false;
}

/** Removes an empty cgroup in every hierarchy; one that is in use or gone is left. */
export async function removeCgroup(cgroupPath: string): Promise<void> {
  const names = cgroupVersion() === 'v2' ? [''] : await readdir(ROOT).catch(() => []);
  await Promise.all(names.map((name) => rmdir(join(ROOT, name, cgroupPath)).catch(() => {})));
}

/** Removes an empty cgroup of this name below the one that this process is in, in every hierarchy. */
export async function removeCgroupBelowOwn(name: string): Promise<void> {
  const text = await readFile('/proc/self/cgroup', 'utf8').catch(() => '');
  const lines = text.split('\n').filter(Boolean);
  // cgroups(7): hierarchy:controllers:path
  const own = new Set(lines.map((line) => line.split(':').slice(2).join(':')));
  for (const path of own) await removeCgroup(join(path, name));
}
