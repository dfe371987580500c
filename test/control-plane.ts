// A control plane that runs in a state folder, and real kubectl against it.
import assert from 'node:assert/strict';
import { execute, slipway } from './cli.ts';
import type { SeededState } from './seeded-state.ts';

export interface RunningControlPlane {
  /** `host:port` on this machine. */
  readonly registry: string;
  readonly kubeconfig: string;
}

/** Starts it on free ports; the state stops it when it is disposed of. */
export async function startControlPlane({
  option,
}: Pick<SeededState, 'option'>): Promise<RunningControlPlane> {
  const ports = ['--api-port=0', '--registry-port=0'];
  const { code, stdout, stderr } = await slipway(['up', '--detach', ...ports, '-o', 'json', option]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as RunningControlPlane;
}

/** Runs kubectl, with its cache in `home`, and returns its trimmed output. Fails with what it complains about. */
export async function kubectl(
  { kubeconfig }: RunningControlPlane,
  home: string,
  args: readonly string[],
  input = '',
): Promise<string> {
  const env = { KUBECONFIG: kubeconfig, HOME: home };
  const { code, stdout, stderr } = await execute('kubectl', args, { env, input });
  assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}
