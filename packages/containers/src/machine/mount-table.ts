import { readFile } from 'node:fs/promises';

/** One mount of this mount namespace (proc(5), /proc/PID/mountinfo). */
export interface MountEntry {
  readonly target: string;
  readonly filesystem: string;
  readonly source: string;
}

/** Reads the text of /proc/PID/mountinfo, in the order of mounting. */
export function parseMountInfo(text: string): MountEntry[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [before, after] = line.split(' - ');
    const [filesystem = '', source = ''] = after?.split(' ') ?? [];
    return { target: decodeOctal(before?.split(' ')[4] ?? ''), filesystem, source: decodeOctal(source) };
  });
}

/** The mounts that this process sees. */
export async function mountTable(): Promise<MountEntry[]> {
  return parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'));
}

/** Whether something is mounted exactly at `target`, an absolute path without links. */
export async function isMounted(target: string): Promise<boolean> {
  return (await mountTable()).some((entry) => entry.target === target);
}

/** The kernel writes space, tab, newline and backslash as octal escapes. */
function decodeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
