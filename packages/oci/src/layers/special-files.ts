import { randomBytes } from 'node:crypto';
import { linkSync, unlinkSync } from 'node:fs';
import { SlipwayError } from '@slipway/core';
import { type BytePath, fsPath } from './byte-path.ts';
import { runTool } from './tools.ts';

/** A device or named pipe to be made. */
export interface SpecialFile {
  readonly path: BytePath;
  readonly type: 'char' | 'block' | 'fifo';
  readonly mode: number;
  readonly major: number;
  readonly minor: number;
}

/** ext4 allows 65,000 names of one file; after this many a new one is begun. */
const MAX_NAMES = 30_000;

/** Makes devices and pipes with mknod, as few processes as xargs can. */
export async function makeSpecialFiles(files: readonly SpecialFile[], signal?: AbortSignal): Promise<void> {
  const pipes = files.filter(({ type }) => type === 'fifo');
  const devices = files.filter(({ type }) => type !== 'fifo');
  await mknodAll(
    pipes.map((file) => ['-m', octal(file.mode), file.path, 'p']),
    signal,
  );
  await mknodAll(
    devices.map((file) => [
      '-m',
      octal(file.mode),
      file.path,
      file.type === 'char' ? 'c' : 'b',
      String(file.major),
      String(file.minor),
    ]),
    signal,
  );
}

/** Whether overlayfs whiteouts can be made in a folder as devices: not where the folder stands on an overlay. */
export async function takesWhiteoutDevices(folder: BytePath, signal?: AbortSignal): Promise<boolean> {
  const path = `${folder}/.whiteout-${randomBytes(6).toString('hex')}`;
  const made = await makeWhiteouts([path], signal);
  if (made) unlinkSync(fsPath(path));
  return made;
}

/**
 * Makes overlayfs whiteouts (character device 0:0): one with mknod, the others as further names of it. False, and nothing is
 * made, where they cannot be devices.
 */
export async function makeWhiteouts(paths: readonly BytePath[], signal?: AbortSignal): Promise<boolean> {
  for (let start = 0; start < paths.length; start += MAX_NAMES) {
    const [first, ...others] = paths.slice(start, start + MAX_NAMES);
    try {
      await makeSpecialFiles([{ path: first!, type: 'char', mode: 0, major: 0, minor: 0 }], signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (start === 0 && error instanceof SlipwayError && error.code === 'TOOL_FAILED') return false;
      throw error;
    }
    for (const path of others) linkSync(fsPath(first!), fsPath(path));
  }
  return true;
}

async function mknodAll(calls: readonly (readonly string[])[], signal?: AbortSignal): Promise<void> {
  const [first] = calls;
  if (first === undefined) return;
  const input = Buffer.from(calls.flat().join('\0'), 'latin1');
  await runTool('xargs', ['-0', '-n', String(first.length), 'mknod'], input, signal);
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
