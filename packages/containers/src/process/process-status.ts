import { readFile } from 'node:fs/promises';

/**
 * When a process started, in clock ticks after boot (proc(5), stat field 22): with the pid it names one process for
 * good, where the pid alone is reused. Undefined when there is no such process, or it has ended and waits to be reaped.
 */
export async function processStartTime(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // The command name may hold spaces and parentheses: fields count from the last ')'.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}
