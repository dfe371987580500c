import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { formatBytes, SlipwayError } from '@slipway/core';
import { defaultStateDir, stateFolder } from '@slipway/daemon';

/** Less than this is what a full disk has left: what does not fit is seldom smaller. */
const FULL_BYTES = 16 * 1024 * 1024;

/** A failure for want of space that names the folder whose disk is full; another failure as it is. */
export async function explainFullDisk(
  error: SlipwayError,
  stateDir: string = defaultStateDir(),
): Promise<SlipwayError> {
  const { root } = stateFolder(stateDir);
  const folders = [root, tmpdir()];
  const free = await Promise.all(folders.map(freeBytes));
  const fullest = free[1]! < free[0]! ? 1 : 0;
  const folder = folders[fullest]!;
  if (free[fullest]! > FULL_BYTES) return error;
  const { code, place, cause } = error;
  const left = `the disk of ${folder} is full (${formatBytes(free[fullest]!)} free)`;
  const message = error.message.includes(folder) ? error.message : `${left}: ${error.message}`;
  return new SlipwayError('exhausted', code, message, {
    place,
    hint:
      fullest === 0
        ? 'free some space there, or take a folder on another disk with --state-dir; then run the command again'
        : 'free some space there, or name another folder in TMPDIR; then run the command again',
    cause,
  });
}

/** Of the disk that the folder is on, or would be on. */
async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(folder) === folder) return Infinity;
    return freeBytes(dirname(folder));
  }
}
