import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SlipwayError } from '@slipway/core';

const run = promisify(execFile);
const START_MS = 5000;

/** Starts OpenSSH's agent for one build, with these keys and no others. Throws SSH_AGENT, SSH_KEY. */
export async function startPrivateAgent(
  folder: string,
  keys: readonly string[],
): Promise<{ readonly socket: string } & Disposable> {
  const socket = join(folder, 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  const failed = new Promise<Error>((resolve) => agent.once('error', resolve));
  try {
    await waitForSocket(socket, agent, failed);
    for (const key of keys) await addKey(socket, key);
  } catch (error) {
    agent.kill();
    throw error;
  }
  return { socket, [Symbol.dispose]: () => void agent.kill() };
}

async function waitForSocket(socket: string, agent: ChildProcess, failed: Promise<Error>): Promise<void> {
  const end = Date.now() + START_MS;
  let failure: Error | undefined;
  void failed.then((error) => {
    failure = error;
  });
  while (!(await stat(socket).catch(() => undefined))?.isSocket()) {
    if (failure !== undefined || agent.exitCode !== null || Date.now() > end) {
      throw new SlipwayError(
        'unsupported',
        'SSH_AGENT',
        'ssh-agent, which holds key files for a build, does not start',
        {
          cause: failure,
          hint: 'install it: apt-get install openssh-client; or give the socket of an agent: --ssh default',
        },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function addKey(socket: string, key: string): Promise<void> {
  // Without a terminal and without a program to ask with, a key with a passphrase fails instead of waiting for one.
  const env = { PATH: process.env.PATH ?? '', SSH_AUTH_SOCK: socket, SSH_ASKPASS_REQUIRE: 'never' };
  try {
    const adding = run('ssh-add', ['-q', key], { env });
    adding.child.stdin?.end();
    await adding;
  } catch (error) {
    const text = String((error as { stderr?: string }).stderr ?? '').trim();
    const why = text.split('\n').at(-1) || 'ssh-add failed';
    throw new SlipwayError('invalid', 'SSH_KEY', `the key ${key} cannot be used: ${why}`, {
      cause: error,
      hint: 'a key with a passphrase belongs into an agent of yours: ssh-add, then --ssh default',
    });
  }
}
