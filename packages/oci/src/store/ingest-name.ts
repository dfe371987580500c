import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import type { DigestAlgorithm } from '../digest.ts';

/**
 * File names of unfinished blobs. `up-<random>[-sha512]` is an upload session that survives a restart.
 * `tmp-<pid namespace>-<pid>-<random>` belongs to one process, so that another can tell that its writer is gone.
 */
const SESSION = /^up-[0-9a-f]{32}(-sha512)?$/;
const TEMPORARY = /^tmp-(\d+)-(\d+)-[0-9a-f]{32}$/;

export function sessionName(algorithm: DigestAlgorithm): string {
  return `up-${randomBytes(16).toString('hex')}${algorithm === 'sha512' ? '-sha512' : ''}`;
}

export function temporaryName(): string {
  return `tmp-${pidNamespace()}-${process.pid}-${randomBytes(16).toString('hex')}`;
}

export function isSessionName(name: string): boolean {
  return SESSION.test(name);
}

export function sessionAlgorithm(name: string): DigestAlgorithm {
  return name.endsWith('-sha512') ? 'sha512' : 'sha256';
}

/** Whether the file was left by a process of this pid namespace that does not run any more. */
export function isAbandoned(name: string): boolean {
  const [, namespace, pid] = TEMPORARY.exec(name) ?? [];
  return namespace === pidNamespace() && !isRunning(Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function pidNamespace(): string {
  return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
}
