import { readdir, readFile, readlink } from 'node:fs/promises';

/** A layer's folder in the store. */
const LAYER_NAME = /(?<![0-9a-f])[0-9a-f]{24}(?=\/fs)/g;

/** The names of layers that an overlay of any process of this machine, in whatever mount namespace, stands on. */
export async function layersInUse(): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const seen = new Set<string>();
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    // Another user's process; or it ended in this moment.
    const namespace = await readlink(`/proc/${pid}/ns/mnt`).catch(() => undefined);
    if (namespace !== undefined && seen.has(namespace)) continue;
    const mounts = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '');
    if (namespace !== undefined && mounts !== '') seen.add(namespace);
    for (const line of mounts.split('\n')) {
      if (!line.includes(' - overlay ')) continue;
      for (const [name] of line.matchAll(LAYER_NAME)) names.add(name);
    }
  }
  return names;
}
