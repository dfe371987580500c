import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Place, SlipwayError } from '@slipway/core';
import type { Mount as MountSpec } from '@slipway/dockerfile';
import type { Mount } from '../isolation/run-mount.ts';
import { forwardAgent } from '../ssh/forward-agent.ts';
import type { LayerContext } from './layer-step.ts';

/** An address of a Unix socket has 108 bytes (unix(7)). */
const LONGEST_FOLDER = 90;

/** `--mount=type=ssh`: a socket that leads to the agent of this id. Without one, nothing is mounted unless it is required. Throws RUN_SSH, SSH_AGENT, SSH_KEY. */
export async function openSsh(
  context: LayerContext,
  spec: MountSpec,
  place: Place,
  target: string,
  stack: AsyncDisposableStack,
): Promise<Mount[]> {
  const id = spec.id ?? 'default';
  const paths = context.session.request.ssh?.[id];
  if (paths === undefined) {
    if (!spec.required) return [];
    throw new SlipwayError('invalid', 'RUN_SSH', `no SSH agent is given under the id "${id}"`, {
      place,
      hint: `give one with --ssh ${id}, or a key with --ssh ${id}=FILE`,
    });
  }
  const folder = await socketFolder(context, stack);
  const { uid = 0, gid = 0, mode = 0o600 } = spec;
  const { socket } = stack.use(await forwardAgent({ paths, folder, uid, gid, mode }));
  return [{ type: 'bind', source: socket, target, readOnly: false, kind: 'socket' }];
}

/** Where programs look for it when nothing is said, as with BuildKit. */
export function defaultSshTarget(index: number): string {
  return `/run/buildkit/ssh_agent.${index}`;
}

/** A private folder whose path is short enough for a socket in it. */
export async function socketFolder(
  { session }: Pick<LayerContext, 'session'>,
  stack: AsyncDisposableStack,
): Promise<string> {
  const folder = await session.scratch.subfolder('ssh');
  if (folder.length <= LONGEST_FOLDER) return folder;
  const short = await mkdtemp(join(tmpdir(), 'slipway-ssh-'));
  stack.defer(() => rm(short, { recursive: true, force: true }));
  return short;
}
