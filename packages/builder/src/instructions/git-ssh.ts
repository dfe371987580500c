import { join } from 'node:path';
import { type Place, SlipwayError } from '@slipway/core';
import { forwardAgent } from '../ssh/forward-agent.ts';
import type { LayerContext } from './layer-step.ts';
import { socketFolder } from './ssh-mount.ts';

/** The environment in which git reaches a server over SSH. */
interface GitSsh extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
}

/** Whether the repository is fetched over SSH. */
export function isSshSource(source: string): boolean {
  return /^ssh:\/\//.test(source) || !/^[\w+.-]+:\/\//.test(source);
}

/**
 * Git with the agent or keys that `--ssh` gives as `default`, and with nothing else of whoever builds: a Dockerfile may come from
 * anybody. A server that is not known yet is believed, as BuildKit does; one whose key is another than the known one is not. Throws ADD_SSH.
 */
export async function sshForGit(context: Pick<LayerContext, 'session'>, place: Place): Promise<GitSsh> {
  const paths = context.session.request.ssh?.default;
  if (paths === undefined) {
    throw new SlipwayError(
      'invalid',
      'ADD_SSH',
      'the repository is fetched over SSH, and no agent is given',
      {
        place,
        hint: 'give yours with --ssh default, or a key with --ssh default=FILE',
      },
    );
  }
  await using stack = new AsyncDisposableStack();
  const folder = await socketFolder(context, stack);
  const { socket } = stack.use(await forwardAgent({ paths, folder, uid: 0, gid: 0, mode: 0o600 }));
  const known = `UserKnownHostsFile=${join(folder, 'known_hosts')} ~/.ssh/known_hosts`;
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=accept-new', 'IdentityFile=none', known];
  const command = ['ssh', '-F', 'none', ...options.flatMap((option) => ['-o', `'${option}'`])].join(' ');
  const kept = stack.move();
  return {
    env: { SSH_AUTH_SOCK: socket, GIT_SSH_COMMAND: command, GIT_SSH_VARIANT: 'ssh' },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
