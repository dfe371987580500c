import { readFile } from 'node:fs/promises';
import { text as readText } from 'node:stream/consumers';
import { SlipwayError } from '@slipway/core';
import { type Manifest, parseManifests, StatusError } from '@slipway/kube';
import { applyObject, ensureNamespace } from '../apply.ts';
import type { RunCommandOptions } from '../commands/run.ts';
import { runToEnd } from '../follow/run-to-end.ts';
import { interruptible } from '../interruption.ts';
import { openSession } from '../session.ts';
import { sortOut, type Work } from './sort-out.ts';

/** `slipway run`: applies what the YAML holds, then runs its runs, and one for each Task and Pipeline that nothing names. */
export async function runRunCommand(options: RunCommandOptions): Promise<void> {
  const manifests = (await Promise.all(options.filename.map(readManifests))).flat();
  const work = sortOut(manifests, options);
  if (work.runs.length === 0) {
    throw new SlipwayError(
      'invalid',
      'NOTHING_TO_RUN',
      `no Task, TaskRun, Pipeline or PipelineRun in ${options.filename.join(', ')}`,
    );
  }
  await interruptible(({ signal }) => applyAndRun(work, options, signal));
}

async function applyAndRun(
  { objects, runs }: Work,
  options: RunCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  await using session = await openSession(options);
  const namespace = options.namespace ?? session.namespace;
  if (session.embedded) await ensureNamespace(session.client, namespace);
  for (const { object, place } of objects) {
    await placed(place, () => applyObject(session.client, object, namespace));
  }
  for (const { run, place } of runs) {
    const object = { ...run, metadata: { ...run.metadata, namespace: run.metadata.namespace ?? namespace } };
    await placed(place, () => runToEnd(session, object, { output: options.output, signal }));
  }
}

async function readManifests(file: string): Promise<Manifest[]> {
  if (file === '-') return parseManifests(await readText(process.stdin), 'stdin');
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new SlipwayError('not-found', 'FILE_NOT_FOUND', `cannot read ${file}: ${cause.message}`, { cause });
  });
  return parseManifests(text, file);
}

/** Applies or creates an object of a file; a refusal that names a field gets the place of that field in the file. */
async function placed(place: Manifest['place'] | undefined, action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof StatusError) || place === undefined) throw error;
    const field =
      error.status.details?.causes?.[0]?.field ?? /unknown field "([^"]+)"/.exec(error.message)?.[1];
    if (field === undefined) throw error;
    const { kind, code, message, hint } = error;
    throw new SlipwayError(kind, code, message, { place: place(field), hint, cause: error });
  }
}
