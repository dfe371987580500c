import { chmod, rm, stat } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/core';
import { giveTo } from '../isolation/single-id/give-to.ts';
import { AgentFilter } from './agent-filter.ts';
import { startPrivateAgent } from './private-agent.ts';

export interface ForwardOptions {
  /** `--ssh`'s paths: the socket of one agent, or key files. */
  readonly paths: readonly string[];
  /** A folder that only the build can enter. */
  readonly folder: string;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/**
 * Makes a socket through which a RUN reaches the agent: the keys stay in the agent, and the agent's own socket with whoever
 * may use it. Throws SSH_AGENT, SSH_KEY.
 */
export async function forwardAgent(
  options: ForwardOptions,
): Promise<{ readonly socket: string } & AsyncDisposable> {
  const { folder, paths } = options;
  await using stack = new AsyncDisposableStack();
  const target = await agentSocket(folder, paths, stack);
  const path = join(folder, 'socket');
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const agent = connect(target);
    for (const socket of [client, agent]) {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      // One end that fails ends the other; the program in the RUN says what it could not do.
      socket.on('error', () => {
        client.destroy();
        agent.destroy();
      });
    }
    const filter = new AgentFilter((answer) => client.write(answer));
    filter.once('error', () => client.destroy());
    client.pipe(filter).pipe(agent).pipe(client);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  stack.defer(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await rm(path, { force: true });
  });
  await giveTo(path, options);
  await chmod(path, options.mode);
  const kept = stack.move();
  return { socket: path, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function agentSocket(
  folder: string,
  paths: readonly string[],
  stack: AsyncDisposableStack,
): Promise<string> {
  const [first] = paths;
  const found = first === undefined ? undefined : await stat(first).catch(() => undefined);
  if (first === undefined || found === undefined) {
    throw new SlipwayError(
      'not-found',
      'SSH_AGENT',
      `there is no SSH agent and no key at ${first ?? '(nothing)'}`,
      {
        hint: 'start an agent (eval $(ssh-agent); ssh-add), or name a key: --ssh default=$HOME/.ssh/id_ed25519',
      },
    );
  }
  if (found.isSocket()) return first;
  const agent = await startPrivateAgent(folder, paths);
  stack.use(agent);
  return agent.socket;
}
