import { readFile } from 'node:fs/promises';
import { text as readText } from 'node:stream/consumers';
import { SlipwayError } from '@slipway/core';
import {
  type KubeObject,
  type Manifest,
  parseManifests,
  StatusError,
  type Task,
  type TaskRun,
} from '@slipway/kube';
import { applyObject, ensureNamespace } from '../apply.ts';
import type { RunCommandOptions } from '../commands/run.ts';
import { runToEnd } from '../follow/run-to-end.ts';
import { interruptible } from '../interruption.ts';
import { openSession } from '../session.ts';
import { runOfTask } from './run-of-task.ts';

/** `slipway run`: applies what the YAML holds, then runs its TaskRuns, and a TaskRun for each Task that none names. */
export async function runRunCommand(options: RunCommandOptions): Promise<void> {
  const manifests = (await Promise.all(options.filename.map(readManifests))).flat();
  const { runs, tasks, others } = sortOut(manifests);
  if (runs.length === 0 && tasks.length === 0) {
    throw new SlipwayError(
      'invalid',
      'NOTHING_TO_RUN',
      `no Task or TaskRun in ${options.filename.join(', ')}`,
    );
  }
  await interruptible(({ signal }) => applyAndRun({ runs, tasks, others }, options, signal));
}

async function applyAndRun(
  { runs, tasks, others }: ReturnType<typeof sortOut>,
  options: RunCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  await using session = await openSession(options);
  const namespace = options.namespace ?? session.namespace;
  if (session.embedded) await ensureNamespace(session.client, namespace);
  for (const { object, place } of others) {
    await placed(place, () => applyObject(session.client, object, namespace));
  }
  const named = new Set(runs.map(({ object }) => (object as TaskRun).spec?.taskRef?.name));
  const derived = tasks
    .filter((task) => !named.has(task.metadata.name))
    .map((task) => ({ run: runOfTask(task, options), place: undefined }));
  const given = runs.map((own) => ({ run: override(own.object as TaskRun, options), place: own.place }));
  for (const { run, place } of [...given, ...derived]) {
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

function sortOut(manifests: readonly Manifest[]): { runs: Manifest[]; tasks: Task[]; others: Manifest[] } {
  const isTekton = (object: KubeObject, kind: string): boolean =>
    object.apiVersion.startsWith('tekton.dev/') && object.kind === kind;
  const objects = manifests.map(({ object }) => object);
  const runs = manifests.filter(({ object }) => isTekton(object, 'TaskRun'));
  const tasks = objects.filter((object) => isTekton(object, 'Task')) as Task[];
  return { runs, tasks, others: manifests.filter(({ object }) => !isTekton(object, 'TaskRun')) };
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

/** `-p`, `-w` and `--serviceaccount` given on the command line win over what a TaskRun says. */
function override(run: TaskRun, options: RunCommandOptions): TaskRun {
  if (!options.param && !options.workspace && !options.serviceaccount) return run;
  const taskSpec = run.spec?.taskSpec ?? { steps: [] };
  const task: Task = { apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: '' }, spec: taskSpec };
  const { spec } = runOfTask(task, options);
  const merge = <T extends { name: string }>(own: readonly T[] = [], given: readonly T[] = []): T[] => [
    ...own.filter(({ name }) => !given.some((each) => each.name === name)),
    ...given,
  ];
  const params = merge(run.spec?.params, spec?.params);
  const workspaces = merge(run.spec?.workspaces, spec?.workspaces);
  return {
    ...run,
    spec: {
      ...run.spec,
      ...(params.length > 0 && { params }),
      ...(workspaces.length > 0 && { workspaces }),
      ...(options.serviceaccount && { serviceAccountName: options.serviceaccount }),
    },
  };
}
