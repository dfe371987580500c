import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mount } from './run-mount.ts';

const FILES = ['/etc/hosts', '/etc/resolv.conf'] as const;

/** Copies of the place's /etc/hosts and /etc/resolv.conf to bind over the image's, as docker does: a RUN may change them, nothing stays. */
export async function placeFiles(folder: string): Promise<Mount[]> {
  return await Promise.all(
    FILES.map(async (target) => {
      const source = join(folder, target.slice('/etc/'.length));
      // A place without a name server (no network) gets an empty file.
      await copyFile(target, source).catch(() => writeFile(source, ''));
      await chmod(source, 0o644); // As docker's, whatever this machine's have.
      return { type: 'bind' as const, source, target, readOnly: false, kind: 'file' as const };
    }),
  );
}
