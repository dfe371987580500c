import { readFile } from 'node:fs/promises';
import type { Policy } from '@slipway/apiserver';
import { SlipwayError } from '@slipway/core';
import { findRunning } from './lock.ts';
import type { StateFolder } from './state-folder.ts';
import { writeWholeFile } from './whole-file.ts';

export type { Policy } from '@slipway/apiserver';

/** What `--policy` takes; the first is the default. */
const POLICIES: readonly Policy[] = ['kubernetes', 'openshift'];

/** The policy that a state folder was last started with. */
export async function recordedPolicy({ policyFile }: StateFolder): Promise<Policy> {
  const text = await readFile(policyFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return POLICIES.find((policy) => policy === text.trim()) ?? 'kubernetes';
}

/** The policy to start with: the wanted one, which is kept for the next start, or else the one of the last start. */
export async function settlePolicy(folder: StateFolder, wanted: Policy | undefined): Promise<Policy> {
  const recorded = await recordedPolicy(folder);
  if (wanted === undefined || wanted === recorded) return recorded;
  await writeWholeFile(folder.policyFile, `${wanted}\n`);
  return wanted;
}

/** Throws POLICY_DIFFERS when a control plane runs in the folder with another policy than the one wanted. */
export async function requirePolicy(folder: StateFolder, wanted: Policy | undefined): Promise<void> {
  if (wanted === undefined || (await findRunning(folder)) === undefined) return;
  const running = await recordedPolicy(folder);
  if (running === wanted) return;
  throw new SlipwayError(
    'conflict',
    'POLICY_DIFFERS',
    `the control plane in ${folder.root} runs with the policy ${running}, not ${wanted}`,
    { hint: `slipway down, then: slipway up --policy ${wanted}` },
  );
}
