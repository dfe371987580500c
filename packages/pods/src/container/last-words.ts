import { open, stat } from 'node:fs/promises';
import type { Container } from '@slipway/kube';
import { errorExcerpt } from '../logs/error-excerpt.ts';
import { logEnd } from '../logs/log-end.ts';
import { readLog } from '../logs/read-log.ts';
import type { PodEnvironment } from '../pod/pod-environment.ts';
import { withoutSecrets } from './secret-values.ts';

/** The kubelet's limits: of a termination message, and of the log that may stand in for it. */
const MAX_BYTES = 4096;
const LOG_BYTES = 2048;
const LOG_LINES = 80;
/** Where the reason of a failure is looked for. */
const EXCERPT_BYTES = 16 * 1024;

/** What a container left as its message: the termination file, else with FallbackToLogsOnError the end of its log. */
export async function terminationMessage(
  environment: PodEnvironment,
  container: Container,
  exitCode: number,
): Promise<string> {
  const { sandbox, progress } = environment;
  const own = await readStart(sandbox.container(container.name, 'termination'));
  if (own !== '' || exitCode === 0 || container.terminationMessagePolicy !== 'FallbackToLogsOnError')
    return own;
  const log = sandbox.log(container.name, progress.container(container.name).restarts);
  if (!(await stat(log).catch(() => undefined))) return '';
  const chunks: Uint8Array[] = [];
  const { signal } = new AbortController();
  for await (const chunk of readLog(log, { tailLines: LOG_LINES, signal })) chunks.push(chunk);
  return Buffer.concat(chunks).subarray(-LOG_BYTES).toString('utf8');
}

/** Why a container failed, by its log: its last error on one line, without secrets; undefined when it said nothing. */
export async function lastError(
  environment: PodEnvironment,
  container: Container,
): Promise<string | undefined> {
  const { sandbox, progress } = environment;
  const log = sandbox.log(container.name, progress.container(container.name).restarts);
  // Secrets go first: a cut may leave half of one.
  const end = await withoutSecrets(environment, container, await logEnd(log, EXCERPT_BYTES));
  return errorExcerpt(end) || undefined;
}

/** The file is bound into the container, which can write it but not put a link in its place. */
async function readStart(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return '';
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
