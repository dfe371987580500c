import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LayerStore } from '@slipway/oci';
import { type Cost, Observed } from './observe.ts';
import type { SeededImages } from './seeded-images.ts';
import type { Runs } from './workloads.ts';

/**
 * The RUNs of a workload without a builder: an overlay over the unpacked base image, what COPY puts there put there
 * before the clock starts, and the commands in a shell. No builder that runs them can be faster.
 */
export async function runByHand(
  images: SeededImages,
  runs: Runs,
  context: string,
  folder: string,
): Promise<Cost> {
  const { layers, config } = await images.read(runs.base);
  const lower = await new LayerStore(join(folder, 'layers'), images.store).unpack(layers);
  const place = join(folder, 'by-hand');
  const [from, to] = runs.copied ?? [];
  const mount = `mount -t overlay overlay -o userxattr,lowerdir=${lower.join(':')},upperdir=upper,workdir=work root`;
  const isolated = (script: string, ...args: string[]): string[] => [
    ...['unshare', '--mount', '--propagation', 'private', 'sh', '-ec'],
    ...[`cd "$1"; ${mount}; ${script}`, 'sh', place, ...args],
  ];
  for (const name of ['upper', 'work', 'root']) await mkdir(join(place, name), { recursive: true });
  using observed = new Observed('by-hand');
  try {
    if (from !== undefined) await observed.run(isolated('cp -r "$2" "root$3"', join(context, from), to!));
    const env = (config.config?.Env ?? []).map((variable) => JSON.stringify(variable));
    const start = `mount -t proc proc root/proc; mount --bind /dev root/dev; exec env -i ${env.join(' ')} HOME=/root chroot root /bin/sh -c "$2"`;
    return await observed.run(isolated(start, runs.script));
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
