import { readFileSync, readlinkSync } from 'node:fs';

/** Names a process for good: a pid alone may be another process by now, and so may a number of a namespace. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start of the process in clock ticks since boot. */
  readonly started: string;
  readonly boot: string;
  /** As in /proc/<pid>/ns/pid: `pid:[4026531836]`. */
  readonly pidNamespace: string;
}

let own: ProcessIdentity | undefined;

export function thisProcess(): ProcessIdentity {
  own ??= {
    pid: process.pid,
    started: processStart(process.pid) ?? '',
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    pidNamespace: readlinkSync('/proc/self/ns/pid'),
  };
  return own;
}

/**
 * When a process started, in clock ticks after boot (proc_pid_stat(5), field 22). Undefined where there is no such process in this
 * pid namespace, or one that has ended and waits to be reaped.
 */
export function processStart(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The program's name before them may hold anything, and ends at the last `)`.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
