import { constants } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveInRoot } from '@slipway/containers';
import type { StepOrder, StepsAnnotation } from '@slipway/kube';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { type MessageEntry, resultTypes } from './termination-message.ts';

/** More than fits into a termination message is too much anyway. */
const MAX_BYTES = 64 * 1024;

/** What a step wrote as results: of the Task, then its own. */
export async function collectResults(
  sandbox: Sandbox,
  order: StepsAnnotation,
  step: StepOrder,
  index: number,
): Promise<MessageEntry[]> {
  const entries: MessageEntry[] = [];
  const results = sandbox.tekton('results');
  for (const name of order.results.names ?? []) {
    const value = await readResult(results, name);
    if (value !== undefined) entries.push({ key: name, value, type: resultTypes.task });
  }
  for (const name of step.results) {
    const value = await readStepResult(sandbox, index, name);
    if (value !== undefined) entries.push({ key: name, value, type: resultTypes.step });
  }
  return entries;
}

/** What step `index` wrote as one of its own results; undefined when it wrote none. */
export async function readStepResult(
  sandbox: Sandbox,
  index: number,
  name: string,
): Promise<string | undefined> {
  return await readResult(sandbox.tekton('run', String(index)), `status/results/${name}`);
}

/** Records the exit code where later steps look for it: `/tekton/steps/<container>/exitCode`. */
export async function recordExitCode(sandbox: Sandbox, index: number, exitCode: number): Promise<void> {
  const path = await resolveInRoot(sandbox.tekton('run', String(index)), 'status/exitCode');
  await writeFile(path, String(exitCode), {
    flag: constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW,
  });
}

/** The step may have put a link or a FIFO there: neither is followed, nor waited for. */
async function readResult(folder: string, path: string): Promise<string | undefined> {
  const safe = await resolveInRoot(folder, path).catch(() => join(folder, path));
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
  const file = await open(safe, flags).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    if (!(await file.stat()).isFile()) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
