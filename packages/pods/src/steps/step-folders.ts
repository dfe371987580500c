import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { type BindMount, resolveInRoot } from '@slipway/containers';
import { randomSuffix, type StepsAnnotation } from '@slipway/kube';
import { makeShared, type Sandbox } from '../sandbox/sandbox.ts';

const SHARED = ['workspace', 'home', 'results', 'artifacts'];
const READ_ONLY = ['bin', 'scripts', 'steps', 'downward'];

/** Scripts by container: their paths in the container. */
export type ScriptPaths = ReadonlyMap<string, string>;

/**
 * Makes the folders that Tekton gives the steps of a pod, and writes the scripts. May be called again after a restart:
 * scripts are written anew, results stay.
 */
export async function prepareStepFolders(sandbox: Sandbox, order: StepsAnnotation): Promise<ScriptPaths> {
  for (const name of SHARED) await makeShared(sandbox.tekton(name));
  for (const name of READ_ONLY) await mkdir(sandbox.tekton(name), { recursive: true });
  await writeFile(sandbox.tekton('downward', 'ready'), 'READY');
  for (const [index, step] of order.steps.entries()) {
    const run = sandbox.tekton('run', String(index));
    await makeShared(run);
    await makeShared(`${run}/status`);
    for (const name of ['results', 'artifacts']) await makeShared(`${run}/status/${name}`);
    for (const name of [step.container, String(index)]) {
      await rm(sandbox.tekton('steps', name), { force: true });
      await symlink(`/tekton/run/${index}/status`, sandbox.tekton('steps', name));
    }
  }
  return await writeScripts(sandbox, order);
}

async function writeScripts(sandbox: Sandbox, order: StepsAnnotation): Promise<ScriptPaths> {
  const paths = new Map<string, string>();
  const write = async (container: string, script: string | undefined, prefix: string): Promise<void> => {
    if (script === undefined) return;
    const name = `${prefix}-${randomSuffix()}`;
    await writeFile(sandbox.tekton('scripts', name), script, { mode: 0o755 });
    paths.set(container, `/tekton/scripts/${name}`);
  };
  for (const [i, step] of order.steps.entries()) await write(step.container, step.script, `script-${i}`);
  for (const [i, { container, script }] of (order.sidecars ?? []).entries()) {
    await write(container, script, `sidecar-script-${i}`);
  }
  return paths;
}

/** The mounts of step `index`, those at a path that the user mounts excepted. Its own run folder may be written, not others'. */
export function stepMounts(
  sandbox: Sandbox,
  container: string,
  index: number,
  taken: ReadonlySet<string>,
): BindMount[] {
  const at = (name: string, destination: string, readonly = false): BindMount => ({
    source: sandbox.tekton(name),
    destination,
    readonly,
  });
  const mounts = [
    at('workspace', '/workspace'),
    ...['home', 'results', 'artifacts'].map((name) => at(name, `/tekton/${name}`)),
    ...READ_ONLY.map((name) => at(name, `/tekton/${name}`, true)),
    at('run', '/tekton/run', true),
    at(`run/${index}`, `/tekton/run/${index}`),
    { source: sandbox.container(container, 'creds'), destination: '/tekton/creds' },
  ];
  return mounts.filter((mount) => !taken.has(mount.destination));
}

/** A sidecar sees the scripts only. */
export function sidecarMounts(sandbox: Sandbox): BindMount[] {
  return [{ source: sandbox.tekton('scripts'), destination: '/tekton/scripts', readonly: true }];
}

/** Where a path of the container is on this machine: in the innermost mount that holds it, else in the root filesystem. */
export async function pathOnMachine(
  path: string,
  mounts: readonly BindMount[],
  rootfs: string,
): Promise<string> {
  const clean = posix.resolve('/', path);
  const holder = holderOf(clean, mounts);
  if (!holder) return await resolveInRoot(rootfs, clean);
  return await resolveInRoot(holder.source, clean.slice(holder.destination.length));
}

/** The innermost mount that holds the path. */
function holderOf(clean: string, mounts: readonly BindMount[]): BindMount | undefined {
  const holders = mounts.filter(
    ({ destination }) => clean === destination || clean.startsWith(`${destination}/`),
  );
  return holders.sort((a, b) => b.destination.length - a.destination.length)[0];
}

/** As pathOnMachine, for what is written in the container's place. Throws where the container itself could not write. */
export async function writablePathOnMachine(
  path: string,
  mounts: readonly BindMount[],
  rootfs: string,
): Promise<string> {
  const holder = holderOf(posix.resolve('/', path), mounts);
  if (holder?.readonly) throw new Error(`${holder.destination} is mounted read only`);
  return await pathOnMachine(path, mounts, rootfs);
}

/** Makes the working folders of the steps where the mounts of `mounts` put them. */
export async function makeWorkingDirs(
  folders: readonly string[],
  mounts: readonly BindMount[],
  rootfs: string,
): Promise<void> {
  for (const folder of folders) await makeShared(await pathOnMachine(folder, mounts, rootfs));
}
