import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { SlipwayError } from '@slipway/core';
import type { ContainerUser } from '../spec/container-config.ts';
import { resolveBytesInRoot } from './resolve-in-root.ts';

/** Whom a container runs as, and that user's home folder (`/` where the image names none). */
export interface ResolvedUser extends ContainerUser {
  readonly additionalGids: readonly number[];
  readonly home: string;
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** An image controls these files; a real one is a few kilobytes. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_ID = 2 ** 31 - 1;

/**
 * Resolves an image's USER (`u`, `u:g`, names or numbers; empty is root) through the image's own /etc/passwd and
 * /etc/group, as Docker does: a number needs no entry; a group given explicitly replaces the user's other groups.
 * Throws USER_UNKNOWN or GROUP_UNKNOWN.
 */
export async function resolveUser(rootfs: string, user: string): Promise<ResolvedUser> {
  const [name = '', group] = splitOnce(user === '' ? '0' : user);
  const entries = parsePasswd(readInRoot(rootfs, '/etc/passwd'));
  const byName = entries.find((entry) => entry.name === name);
  const found = byName ?? entries.find((entry) => entry.uid === numericId(name));
  const uid = found?.uid ?? numericId(name);
  if (uid === undefined) {
    throw new SlipwayError(
      'invalid',
      'USER_UNKNOWN',
      `unable to find user ${name}: no matching entries in passwd file`,
    );
  }
  const home = found?.home || '/';
  const groups = parseGroup(readInRoot(rootfs, '/etc/group'));
  if (group !== undefined && group !== '')
    return withOwnGroup({ uid, gid: groupId(groups, group), additionalGids: [], home });
  const gid = found?.gid ?? 0;
  const additionalGids = groups
    .filter((entry) => found && entry.members.includes(found.name))
    .map(({ gid }) => gid);
  return withOwnGroup({ uid, gid, additionalGids, home });
}

/** Docker and containerd name the group of a process among the other ones, so that dropping it takes no access back. */
function withOwnGroup(user: ResolvedUser): ResolvedUser {
  return { ...user, additionalGids: [...new Set([user.gid, ...user.additionalGids])] };
}

function groupId(groups: readonly GroupEntry[], group: string): number {
  const gid = groups.find((entry) => entry.name === group)?.gid ?? numericId(group);
  if (gid !== undefined) return gid;
  throw new SlipwayError(
    'invalid',
    'GROUP_UNKNOWN',
    `unable to find group ${group}: no matching entries in group file`,
  );
}

function splitOnce(text: string): string[] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text] : [text.slice(0, colon), text.slice(colon + 1)];
}

function numericId(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) <= MAX_ID ? Number(text) : undefined;
}

/** Reads passwd(5); lines that are not entries are skipped. */
function parsePasswd(text: string): PasswdEntry[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid, , home] = line.split(':');
    const ids = { uid: numericId(uid ?? ''), gid: numericId(gid ?? '') };
    if (!name || ids.uid === undefined || ids.gid === undefined) return [];
    return [{ name, uid: ids.uid, gid: ids.gid, home: home ?? '' }];
  });
}

/** Reads group(5); lines that are not entries are skipped. */
function parseGroup(text: string): GroupEntry[] {
  return text.split('\n').flatMap((line) => {
    const [name, , id, members] = line.split(':');
    const gid = numericId(id ?? '');
    return name && gid !== undefined ? [{ name, gid, members: (members ?? '').split(',') }] : [];
  });
}

/** Two small files: the event loop would take longer to be told of each call than the calls take. */
function readInRoot(rootfs: string, path: string): string {
  // NONBLOCK: an image may hold a FIFO there. NOFOLLOW: a link that appears after the lookup is refused.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
  const inside = resolveBytesInRoot(rootfs, Buffer.from(path).toString('latin1'));
  const file = openIfThere(
    Buffer.from(`${Buffer.from(rootfs).toString('latin1')}/${inside}`, 'latin1'),
    flags,
  );
  if (file === undefined) return '';
  try {
    const stats = fstatSync(file);
    return stats.isFile() && stats.size <= MAX_BYTES ? readFileSync(file, 'utf8') : '';
  } finally {
    closeSync(file);
  }
}

function openIfThere(path: Buffer, flags: number): number | undefined {
  try {
    return openSync(path, flags);
  } catch {
    return undefined;
  }
}
