import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { SlipwayError } from '@slipway/core';
import { ownCapabilities } from '../machine/capabilities.ts';
import { type IdMapKind, type IdRange, idRanges } from '../machine/user-namespace.ts';
import { execute } from '../process/execute.ts';
import { findProgram } from '../process/find-program.ts';

/** As many ids as images use: the range of 16 bits. */
const IDS = 65_536;

/**
 * Maps ids into the new user namespace of process `pid`, the richest way that is allowed: all ids of ours as root,
 * the ranges of /etc/subuid and /etc/subgid through newuidmap as an ordinary user, else only our own id.
 */
export async function mapIds(pid: number): Promise<IdMapKind> {
  if (mayMapAnyId()) return await mapParentRange(pid);
  const ranges = await subordinateRanges();
  if (ranges !== undefined && (await mapSubordinate(pid, ranges))) return 'subordinate';
  return await mapOwnId(pid);
}

/** user_namespaces(7): CAP_SETUID and CAP_SETGID to map other ids, CAP_SETFCAP besides to map the parent's root. */
function mayMapAnyId(): boolean {
  const held = ownCapabilities();
  const needed = ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETFCAP'];
  return process.geteuid?.() === 0 && needed.every((name) => held.includes(name));
}

async function mapParentRange(pid: number): Promise<IdMapKind> {
  const uids = identityMap(idRanges('uid'));
  await writeMap(pid, 'uid', uids);
  await writeMap(pid, 'gid', identityMap(idRanges('gid')));
  return uids === '0 0 1' ? 'single' : 'parent-range';
}

/**
 * The map that gives a child namespace the ids of its parent up to 65535 as they are. A line of it must lie within one
 * line of the parent's own map (user_namespaces(7)), so it has one for each.
 */
export function identityMap(parent: readonly IdRange[]): string {
  const ranges = parent.filter(({ inside }) => inside < IDS).sort((a, b) => a.inside - b.inside);
  const lines = ranges.map(({ inside, count }) => `${inside} ${inside} ${Math.min(count, IDS - inside)}`);
  return lines.join('\n');
}

async function mapOwnId(pid: number): Promise<IdMapKind> {
  await writeMap(pid, 'uid', `0 ${process.geteuid!()} 1`);
  await writeFile(`/proc/${pid}/setgroups`, 'deny').catch((error) => {
    throw mapError('setgroups', error);
  });
  await writeMap(pid, 'gid', `0 ${process.getegid!()} 1`);
  return 'single';
}

async function writeMap(pid: number, kind: 'uid' | 'gid', line: string): Promise<void> {
  await writeFile(`/proc/${pid}/${kind}_map`, line).catch((error) => {
    throw mapError(`${kind}_map`, error);
  });
}

function mapError(file: string, cause: Error): SlipwayError {
  const message = `the kernel refused the id map of the user namespace (${file}): ${cause.message}`;
  return new SlipwayError('unsupported', 'USER_NAMESPACE_MAP', message, { cause });
}

interface SubordinateRanges {
  readonly uid: { readonly start: number; readonly count: number };
  readonly gid: { readonly start: number; readonly count: number };
}

/** The first range of /etc/subuid and /etc/subgid that belongs to this user; undefined without both or without newuidmap. */
export async function subordinateRanges(): Promise<SubordinateRanges | undefined> {
  const [newuidmap, newgidmap] = await Promise.all([findProgram('newuidmap'), findProgram('newgidmap')]);
  if (newuidmap === undefined || newgidmap === undefined) return undefined;
  const [uid, gid] = await Promise.all([rangeIn('/etc/subuid'), rangeIn('/etc/subgid')]);
  return uid && gid ? { uid, gid } : undefined;
}

async function rangeIn(file: string): Promise<{ start: number; count: number } | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return parseSubordinateIds(text, [userName(), String(process.getuid!())]);
}

/** The first range of a subuid(5) file whose owner is one of `owners` (a name or a number). */
export function parseSubordinateIds(
  text: string,
  owners: readonly (string | undefined)[],
): { start: number; count: number } | undefined {
  for (const line of text.split('\n')) {
    const [owner, start, count] = line.trim().split(':');
    if (owners.includes(owner) && Number(count) > 0) return { start: Number(start), count: Number(count) };
  }
  return undefined;
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined; // a container's user may have no entry in /etc/passwd
  }
}

async function mapSubordinate(pid: number, ranges: SubordinateRanges): Promise<boolean> {
  const own = { uid: process.geteuid!(), gid: process.getegid!() };
  for (const kind of ['uid', 'gid'] as const) {
    const { start, count } = ranges[kind];
    const map = ['0', String(own[kind]), '1', '1', String(start), String(count)];
    const { exitCode } = await execute(`new${kind}map`, [String(pid), ...map]);
    // Nothing is written when the first one fails; after that the map cannot be made anew.
    if (exitCode !== 0 && kind === 'uid') return false;
    if (exitCode !== 0) throw mapError('gid_map', new Error('newgidmap failed'));
  }
  return true;
}
