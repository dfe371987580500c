import { readFile } from 'node:fs/promises';
import { SlipwayError } from '@slipway/core';

/** The last error that runc or crun wrote to its JSON log; undefined when it wrote none. */
export async function lastRuntimeError(logFile: string): Promise<string | undefined> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  for (const line of text.trim().split('\n').reverse()) {
    const entry = parseLine(line);
    if (entry?.level === 'error') return entry.msg;
  }
  return undefined;
}

/** A runtime's failure as our error; `why` is its own text, of which the part that people can act on is kept. */
export function runtimeError(why: string): SlipwayError {
  // Several lines may come; the last says why it gave up, those before are complaints on the way.
  const said = [...why.matchAll(/level=error msg="((?:[^"\\]|\\.)*)"/g)].at(-1)?.[1];
  const message = said?.replaceAll(/\\(.)/g, '$1') ?? why.trim();
  const reason = message
    .replace(/^runc (create|run|start) failed: /, '')
    .replace(/^unable to start container process: /, '');
  if (/no space left on device/i.test(reason)) {
    return new SlipwayError('exhausted', 'ENOSPC', `no space is left for the container: ${reason}`);
  }
  if (
    /executable file .*not found|no such file or directory|permission denied|is a directory|exec format error/i.test(
      reason,
    )
  ) {
    return new SlipwayError('invalid', 'CONTAINER_CANNOT_RUN', reason);
  }
  return new SlipwayError('failed', 'RUNTIME_FAILED', reason);
}

function parseLine(line: string): { level?: string; msg: string } | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
