import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type ErrorKind, SlipwayError, systemClock } from '@slipway/core';
import {
  createStateFolder,
  defaultStateDir,
  findRunning,
  type Policy,
  requirePolicy,
  type StateFolder,
  stateFolder,
} from '@slipway/daemon';
import { EXIT_CODES } from './exit-codes.ts';

const START_MS = 30_000;

/** Starts `slipway up` as a process of its own and waits until it answers. */
export async function startInBackground(options: {
  stateDir?: string;
  apiPort?: number;
  registryPort?: number;
  policy?: Policy;
}): Promise<{ api: string; registry: string; kubeconfig: string }> {
  const folder = stateFolder(options.stateDir ?? defaultStateDir());
  const running = await findRunning(folder);
  await requirePolicy(folder, options.policy);
  if (running?.api && running.registry) {
    return { api: running.api, registry: running.registry, kubeconfig: folder.kubeconfig };
  }
  await createStateFolder(folder);
  const output = `${folder.logFile}.start`;
  const descriptor = openSync(output, 'w', 0o600);
  const child = spawn(process.execPath, [...process.execArgv, ...upArguments(folder, options)], {
    detached: true,
    stdio: ['ignore', descriptor, descriptor],
    cwd: '/',
  });
  closeSync(descriptor);
  const endpoints = await waitUntilReady(folder, child.exitCode === null ? child : undefined, output);
  child.unref();
  return { ...endpoints, kubeconfig: folder.kubeconfig };
}

function upArguments(
  folder: StateFolder,
  options: { apiPort?: number; registryPort?: number; policy?: Policy },
): string[] {
  const main = process.argv[1] ?? fileURLToPath(new URL('./main.ts', import.meta.url));
  return [
    main,
    'up',
    `--state-dir=${folder.root}`,
    ...(options.apiPort === undefined ? [] : [`--api-port=${options.apiPort}`]),
    ...(options.policy === undefined ? [] : [`--policy=${options.policy}`]),
    ...(options.registryPort === undefined ? [] : [`--registry-port=${options.registryPort}`]),
  ];
}

/** Its own words, unless its disk is full, which leaves it none. */
function notStarted(exitCode: number, said: string): SlipwayError {
  const kinds = Object.keys(EXIT_CODES) as ErrorKind[];
  const kind = kinds.find((name) => EXIT_CODES[name] === exitCode) ?? 'unavailable';
  const words = said === '' ? '' : `:\n${said}`;
  return new SlipwayError(kind, 'START_FAILED', `the control plane did not start${words}`);
}

async function waitUntilReady(
  folder: StateFolder,
  child: { exitCode: number | null } | undefined,
  output: string,
): Promise<{ api: string; registry: string }> {
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; ) {
    const running = await findRunning(folder);
    if (running?.api && running.registry) return { api: running.api, registry: running.registry };
    if (child === undefined || child.exitCode !== null) {
      const said = (await readFile(output, 'utf8')).trim();
      throw notStarted(child?.exitCode ?? EXIT_CODES.unavailable, said);
    }
    await systemClock.sleep(25);
  }
  throw new SlipwayError(
    'timeout',
    'START_TIMEOUT',
    `the control plane did not answer within ${START_MS / 1000} s`,
    {
      hint: `see ${folder.logFile}`,
    },
  );
}
