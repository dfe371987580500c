import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ElfMagic } from './elf-magic.ts';

/** An entry of /proc/sys/fs/binfmt_misc (Linux, admin-guide/binfmt-misc.rst). */
export interface BinfmtEntry {
  readonly name: string;
  readonly enabled: boolean;
  readonly interpreter: string;
  /** With `F` the interpreter is open already: it is found from within every container. */
  readonly flags: string;
  readonly offset: number;
  readonly magic: Buffer;
  readonly mask: Buffer;
}

/** What a binfmt_misc file system has registered; nothing where it is not mounted. */
export async function readBinfmt(folder: string): Promise<BinfmtEntry[]> {
  const names = await readdir(folder).catch(() => []);
  const entries = names
    .filter((name) => name !== 'register' && name !== 'status')
    .map(async (name) => parseBinfmt(name, await readFile(join(folder, name), 'utf8').catch(() => '')));
  return (await Promise.all(entries)).filter((entry) => entry !== undefined);
}

/** Reads one entry's text; undefined for one that goes by a file name's ending. */
export function parseBinfmt(name: string, text: string): BinfmtEntry | undefined {
  const field = (label: string): string => new RegExp(`^${label}:? (.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  const magic = Buffer.from(field('magic'), 'hex');
  if (magic.length === 0) return undefined;
  const written = Buffer.from(field('mask'), 'hex');
  return {
    name,
    enabled: text.startsWith('enabled'),
    interpreter: field('interpreter'),
    flags: field('flags'),
    offset: Number(field('offset')) || 0,
    magic,
    mask: written.length === magic.length ? written : Buffer.alloc(magic.length, 0xff),
  };
}

/** Whether the entry takes programs that begin like this. */
export function takes(entry: BinfmtEntry, { magic: program }: ElfMagic): boolean {
  const { magic, mask, offset } = entry;
  return magic.every((byte, index) => {
    const at = program[offset + index];
    return at !== undefined && (at & mask[index]!) === (byte & mask[index]!);
  });
}

/** The line that registers an interpreter, opened at once (`F`), which is told the program's own name as well (`P`; QEMU 6 and later look for it). */
export function registration(name: string, { magic, mask }: ElfMagic, interpreter: string): string {
  const hex = (bytes: Buffer): string =>
    [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  return `:${name}:M::${hex(magic)}:${hex(mask)}:${interpreter}:PF`;
}
