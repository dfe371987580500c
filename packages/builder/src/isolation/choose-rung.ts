import { mkdir, rm } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import {
  findRuntime,
  idMapKind,
  inUserNamespace,
  mountOverlay,
  mountTmpfs,
  ownCapabilities,
  runtimePlace,
  unmount,
} from '@slipway/containers';
import { SlipwayError, toSlipwayError } from '@slipway/core';
import { takesWhiteoutDevices } from '@slipway/oci';
import type { BuildRequest } from '../build-options.ts';
import type { Scratch } from '../scratch.ts';
import { ChrootRung } from './chroot/chroot-rung.ts';
import { findConfinement } from './chroot/confinement.ts';
import { ignoredPaths } from './ignored-paths.ts';
import { canDrop } from './in-place/in-place-programs.ts';
import { InPlaceRung } from './in-place/in-place-rung.ts';
import { endLeftRun } from './in-place/left-run.ts';
import { OwnContainer } from './in-place/own-container.ts';
import { pathsOfRequest } from './in-place/paths-of-request.ts';
import { lockRoot } from './in-place/root-lock.ts';
import type { Rung } from './rung.ts';
import { OneId } from './single-id/one-id.ts';
import { UsernsRung } from './userns-rung.ts';

/** What probing found out about the place. */
export interface PlaceFacts {
  readonly ids: 'parent-range' | 'subordinate' | 'single';
  /** With one id: whether owners are recorded. */
  readonly recordsOwners?: boolean | undefined;
  readonly ownProc: boolean;
  /** Where overlays keep their data. */
  readonly overlayData: 'state folder' | 'tmpfs';
}

/** The line that tells people which rung is taken and why. */
export function describeUserns(facts: PlaceFacts, runtime: string): string {
  const pids = facts.ownProc
    ? 'own pid namespace'
    : "the place's pid namespace, as a new /proc is not allowed here";
  const data =
    facts.overlayData === 'tmpfs' ? 'overlay on tmpfs, as the state folder cannot hold one' : 'overlay';
  const ids = {
    'parent-range': '65536 ids',
    subordinate: 'subordinate ids',
    single: facts.recordsOwners
      ? 'one id: other owners are recorded'
      : 'one id, and no Perl, which would record other owners: RUN can give no file away',
  }[facts.ids];
  return `user namespace with ${data}, ${runtime}, ${pids}, ${ids}`;
}

/** Probes the place and takes the highest rung that it allows and the request admits. Throws ISOLATION_UNAVAILABLE. */
export async function chooseRung(request: BuildRequest, scratch: Scratch): Promise<Rung> {
  const wanted = request.isolation ?? 'auto';
  if (wanted === 'in-place') return await inPlaceRung(request, scratch);
  if (wanted === 'chroot') return await chrootRung(request, scratch, 'as asked for');
  if (!inUserNamespace()) {
    if (wanted === 'userns') throw unavailable('this process is not in a user namespace of its own');
    return await chrootRung(request, scratch, 'as no user namespace is allowed here');
  }
  const { layersDir } = request.store;
  if (wanted === 'auto' && !(await overlayTakesLayers(layersDir))) {
    const why = `as ${layersDir} stands on an overlay, and this kernel is older than 6.7: a volume there gives a better rung`;
    return await chrootRung(request, scratch, why);
  }
  return await usernsRung(request, scratch);
}

/** Whether overlayfs sees the whiteouts of layers that are unpacked into the folder (Documentation/filesystems/overlayfs.rst). */
async function overlayTakesLayers(layersDir: string): Promise<boolean> {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  if (major > 6 || (major === 6 && minor >= 7)) return true;
  await mkdir(layersDir, { recursive: true });
  return await takesWhiteoutDevices(layersDir);
}

async function chrootRung(request: BuildRequest, scratch: Scratch, why: string): Promise<Rung> {
  const own = ownCapabilities();
  if (!own.includes('CAP_SYS_CHROOT')) {
    const hint =
      'allow user namespaces (in a pod the seccomp profile Unconfined), or run as root with the capability SYS_CHROOT';
    throw unavailable(`a chroot, ${why}, needs root with CAP_SYS_CHROOT`, hint);
  }
  const confinement = await findConfinement();
  const { sourceDateEpoch, ignorePaths: paths } = request;
  const description = describeChroot(why, {
    confined: confinement !== undefined,
    devices: own.includes('CAP_MKNOD'),
  });
  return new ChrootRung({ scratch, description, confinement, sourceDateEpoch, ignored: ignoredPaths(paths) });
}

/** The line for a chroot; `devices`: whether /dev can have any. */
export function describeChroot(
  why: string,
  can: { readonly confined: boolean; readonly devices: boolean },
): string {
  const kept = can.confined
    ? 'RUN has no CAP_SYS_CHROOT, so that it stays in there'
    : 'RUN could break out, as Perl or CAP_SETPCAP is missing';
  const devices = can.devices ? '' : ' and no devices, as CAP_MKNOD is missing';
  return `chroot, ${why}: changes found by stat, no /proc${devices}, ${kept}`;
}

/** Only where it is asked for, and only in a container that is there to be used up. */
async function inPlaceRung(request: BuildRequest, scratch: Scratch): Promise<Rung> {
  const container = OwnContainer.require();
  const held = pathsOfRequest(request);
  scratch.defer(await lockRoot());
  endLeftRun(container.folder);
  const { sourceDateEpoch, ignorePaths: paths } = request;
  const description = describeInPlace(ownCapabilities(), canDrop());
  const ignored = ignoredPaths(paths);
  return new InPlaceRung({ scratch, description, sourceDateEpoch, ignored, container, held });
}

/** The line for a build in place; `hidden`: whether the kernel keeps programs from the builder's memory. */
export function describeInPlace(own: readonly string[], hidden: boolean): string {
  const memory = hidden
    ? 'RUN sees all files of this container, not the memory of the builder'
    : 'RUN sees all files of this container and, as CAP_SETPCAP is missing, the memory of the builder';
  const has = (name: string): boolean => own.includes(name);
  const bits = 'set-group-ID bits of other groups are lost, as CAP_FSETID is missing';
  const users = 'USER may name root only, as CAP_SETUID or CAP_SETGID is missing';
  const lost = [
    ...(has('CAP_FSETID') ? [] : [bits]),
    ...(has('CAP_SETUID') && has('CAP_SETGID') ? [] : [users]),
  ].map((text) => `, ${text}`);
  return `in place, as asked for: this container's files are replaced, one RUN at a time, changes found by stat, ${memory}${lost.join('')}`;
}

async function usernsRung(request: BuildRequest, scratch: Scratch): Promise<Rung> {
  const runtime = await findRuntime();
  const { folder: overlayRoot, data } = await overlayFolder(scratch);
  const { ownProc } = runtimePlace();
  const oneId = await OneId.find();
  const recordsOwners = oneId?.recordsOwners;
  const facts: PlaceFacts = { ids: idMapKind() ?? 'single', recordsOwners, ownProc, overlayData: data };
  return new UsernsRung({
    runtime,
    scratch,
    overlayRoot,
    layersDir: request.store.layersDir,
    pidNamespace: ownProc ? 'own' : 'shared',
    description: describeUserns(facts, runtime.name),
    oneId,
    sourceDateEpoch: request.sourceDateEpoch,
    ignored: ignoredPaths(request.ignorePaths),
  });
}

/** A folder that can hold an overlay's changes: in the scratch folder, or on a tmpfs where its file system cannot. */
async function overlayFolder(scratch: Scratch): Promise<{ folder: string; data: 'state folder' | 'tmpfs' }> {
  const folder = await scratch.subfolder('overlays');
  const problem = await overlayProblem(folder);
  if (problem === undefined) return { folder, data: 'state folder' };
  await mountTmpfs(folder, { mode: 0o700 });
  const second = await overlayProblem(folder);
  if (second === undefined) {
    scratch.defer(() => unmount(folder));
    return { folder, data: 'tmpfs' };
  }
  await unmount(folder);
  throw unavailable(`no overlay can be mounted (${second})`);
}

/** Why an overlay with its data in `folder` cannot be mounted; undefined where it can. */
async function overlayProblem(folder: string): Promise<string | undefined> {
  const probe = join(folder, 'probe');
  const [lower, upper, work, target] = ['lower', 'upper', 'work', 'root'].map((name) => join(probe, name));
  for (const path of [lower!, upper!, work!, target!]) await mkdir(path, { recursive: true });
  try {
    await mountOverlay({ lower: [lower!], upper: upper!, work: work!, target: target! });
    await unmount(target!);
    return undefined;
  } catch (error) {
    return toSlipwayError(error).message;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

function unavailable(why: string, hint = 'slipway doctor tells what this machine allows'): SlipwayError {
  return new SlipwayError('unsupported', 'ISOLATION_UNAVAILABLE', `no way to run instructions: ${why}`, {
    hint,
  });
}
