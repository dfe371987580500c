import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type BindMount, resolveInRoot } from '@slipway/containers';
import type { ServiceAddresses } from '../runner-options.ts';
import type { Sandbox } from './sandbox.ts';

/** A file that containers get whose image has the folder that it is meant for. */
export interface ServiceFileSource {
  readonly source: string;
  readonly path: string;
  readonly folder: string;
}

/** Writes the files that tell programs in containers about the services, once a pod. */
export async function writeServiceFiles(
  sandbox: Sandbox,
  { files = [] }: ServiceAddresses,
): Promise<ServiceFileSource[]> {
  return await Promise.all(
    files.map(async ({ path, text, folder }) => {
      const source = join(sandbox.etc('services'), path);
      await mkdir(dirname(source), { recursive: true });
      await writeFile(source, text, { mode: 0o644 });
      return { source, path, folder };
    }),
  );
}

/** The mounts of those files that one image has a use for; what the container's own mounts cover is left to them. */
export async function serviceFileMounts(
  files: readonly ServiceFileSource[],
  rootfs: string,
  own: readonly BindMount[],
): Promise<BindMount[]> {
  const isCovered = (path: string): boolean =>
    own.some(({ destination }) => path === destination || path.startsWith(join(destination, '/')));
  const mounts: BindMount[] = [];
  for (const { source, path, folder } of files) {
    if (isCovered(path)) continue;
    const found = await stat(await resolveInRoot(rootfs, folder)).catch(() => undefined);
    if (found?.isDirectory()) mounts.push({ source, destination: path, readonly: true });
  }
  return mounts;
}
