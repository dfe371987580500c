import { readFileSync } from 'node:fs';

/** What the kernel lets this process do to files of others; in a user namespace root may less than elsewhere. */
export interface Abilities {
  /** Whether files can be given to other users: as root, where more than one user exists. */
  readonly chown: boolean;
  /** Whether this is root of a user namespace with one id: owners can be recorded only. */
  readonly oneId: boolean;
  /** Whether devices can be made: CAP_MKNOD counts in the first user namespace only. */
  readonly mknod: boolean;
  /** Whether file capabilities can be set. */
  readonly setfcap: boolean;
}

const CAP_MKNOD = 27n;
const CAP_SETFCAP = 31n;
const ALL_IDS = 4_294_967_295;

/** Asks /proc; cheap enough to be asked for each layer. */
export function abilities(): Abilities {
  const capabilities = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const users = readFileSync('/proc/self/uid_map', 'utf8')
    .trim()
    .split('\n')
    .reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[2] ?? 0), 0);
  const has = (capability: bigint): boolean => ((BigInt(`0x${capabilities}`) >> capability) & 1n) === 1n;
  return {
    chown: process.geteuid?.() === 0 && users > 1,
    oneId: process.geteuid?.() === 0 && users === 1,
    mknod: has(CAP_MKNOD) && users >= ALL_IDS,
    setfcap: has(CAP_SETFCAP),
  };
}
