import { readFileSync, readlinkSync } from 'node:fs';

/** One line of /proc/PID/uid_map: `count` ids from `inside` are the ids from `outside` of the parent namespace. */
export interface IdRange {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

const MARKER = 'SLIPWAY_USER_NAMESPACE';
const MAP_MARKER = 'SLIPWAY_ID_MAP';
const EVERY_ID = 4_294_967_295;

/** How the ids of our own user namespace were mapped: all of the parent's, those of /etc/subuid, or only our own. */
export type IdMapKind = 'parent-range' | 'subordinate' | 'single';

/** The environment that tells a program that it runs in the namespace `link` (`user:[4026532177]`), made by us. */
export function namespaceEnvironment(link: string, kind: IdMapKind): Record<string, string> {
  return { [MARKER]: link, [MAP_MARKER]: kind };
}

/** Whether `reexecInUserNamespace` started this program. A marker inherited into another namespace does not count. */
export function inUserNamespace(): boolean {
  return process.env[MARKER] !== undefined && process.env[MARKER] === readlinkSync('/proc/self/ns/user');
}

/** How the ids of this namespace are mapped; undefined outside one of ours. */
export function idMapKind(): IdMapKind | undefined {
  return inUserNamespace() ? (process.env[MAP_MARKER] as IdMapKind | undefined) : undefined;
}

/** Whether this is a user namespace with one id, where files of others are ours: its user has no range in /etc/subuid and /etc/subgid. */
export function hasOneId(): boolean {
  return idMapKind() === 'single';
}

/** The id ranges of this process's user namespace (user_namespaces(7)). */
export function idRanges(kind: 'uid' | 'gid'): IdRange[] {
  return parseIdMap(readFileSync(`/proc/self/${kind}_map`, 'utf8'));
}

/** Reads the text of /proc/PID/uid_map or gid_map. */
export function parseIdMap(text: string): IdRange[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [inside, outside, count] = line.trim().split(/\s+/).map(Number);
    return { inside: inside!, outside: outside!, count: count! };
  });
}

/** How many ids from 0 upwards, without a gap, these ranges hold. */
export function contiguousIds(ranges: readonly IdRange[]): number {
  let next = 0;
  for (const range of [...ranges].sort((a, b) => a.inside - b.inside)) {
    if (range.inside !== next) break;
    next += range.count;
  }
  return next;
}

/** Whether this process runs in the machine's first user namespace, where every id is mapped. */
export function inInitialUserNamespace(): boolean {
  return (['uid', 'gid'] as const).every((kind) =>
    idRanges(kind).some(({ inside, outside, count }) => inside === 0 && outside === 0 && count === EVERY_ID),
  );
}
