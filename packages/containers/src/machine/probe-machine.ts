import { mkdir, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execute } from '../process/execute.ts';
import { findProgram } from '../process/find-program.ts';
import { detectMonitor, detectRuntime } from '../run/runtime.ts';
import { runtimePlace } from '../spec/runtime-place.ts';
import { subordinateRanges } from '../userns/id-map.ts';
import { cgroupControllers, cgroupVersion } from './cgroups.ts';

/** One thing that a machine can or cannot do. */
export interface MachineCheck {
  /** As `runtime`, `user-namespaces`. */
  readonly name: string;
  readonly ok: boolean;
  /** What was found. */
  readonly detail: string;
  /** What does not work without it, and what to do; empty when all is well. */
  readonly cost: string;
}

export interface MachineReport {
  readonly checks: readonly MachineCheck[];
  /** The command that installs what is missing; undefined when nothing is. */
  readonly install: string | undefined;
}

/** program → Debian package */
const PACKAGES: Readonly<Record<string, string>> = {
  runc: 'runc',
  conmon: 'conmon',
  newuidmap: 'uidmap',
  setfattr: 'attr',
  git: 'git',
  mmdebstrap: 'mmdebstrap',
};

/** Looks at what this machine allows by trying it; nothing is changed. */
export async function probeMachine(): Promise<MachineReport> {
  const missing = await missingPackages();
  const checks = await Promise.all([
    checkRuntime(),
    checkMonitor(),
    checkUserNamespaces(),
    checkOverlay(),
    checkIdRanges(),
    checkCgroups(),
    checkPackages(missing),
  ]);
  const install =
    missing.length === 0 ? undefined : `sudo apt-get install --no-install-recommends ${missing.join(' ')}`;
  return { checks, install };
}

async function missingPackages(): Promise<string[]> {
  const found = await Promise.all(
    Object.keys(PACKAGES).map(async (name) => [name, await findProgram(name)] as const),
  );
  return found.filter(([, path]) => path === undefined).map(([name]) => PACKAGES[name]!);
}

async function checkRuntime(): Promise<MachineCheck> {
  return await check('runtime', 'no pod and no RUN instruction can start', async () => {
    const { name, version, path, reason } = await detectRuntime();
    return `${name} ${version} at ${path} (${reason})`;
  });
}

async function checkMonitor(): Promise<MachineCheck> {
  return await check('conmon', 'pods cannot run', async () => await detectMonitor());
}

async function checkUserNamespaces(): Promise<MachineCheck> {
  const cost = 'an ordinary user cannot run pods or RUN instructions; root still can';
  return await check('user-namespaces', cost, async () => {
    const { exitCode, stderr } = await execute('unshare', ['--user', '--map-root-user', '--mount', 'true']);
    if (exitCode !== 0) throw new Error(stderr.trim());
    return 'may be made';
  });
}

async function checkOverlay(): Promise<MachineCheck> {
  const cost = 'layers are copied instead of mounted: slower, and more disk';
  return await check('overlay', cost, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-probe-'));
    try {
      return await tryOverlay(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

/** In namespaces of its own, so that the mount is gone with the program. */
async function tryOverlay(folder: string): Promise<string> {
  for (const name of ['l', 'u', 'w', 'm']) await mkdir(join(folder, name));
  const mount = 'cd "$1" && mount -t overlay overlay -o userxattr,lowerdir=l,upperdir=u,workdir=w m';
  const user = process.geteuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const { exitCode, stderr } = await execute('unshare', [
    ...user,
    '--mount',
    'sh',
    '-c',
    mount,
    'sh',
    folder,
  ]);
  if (exitCode === 0) return `works in ${tmpdir()}${user.length > 0 ? ' in a user namespace' : ''}`;
  const { type } = await statfs(folder);
  const where = type === 0x794c7630 ? ` (${tmpdir()} is itself an overlay: a volume or tmpfs would do)` : '';
  throw new Error(`${stderr.trim()}${where}`);
}

async function checkIdRanges(): Promise<MachineCheck> {
  if (process.geteuid?.() === 0) return pass('id-range', 'root: every id may be mapped');
  const cost =
    'pods run as root of their namespace only; owners in images are recorded (docs/methods/native.md), which makes RUN slower';
  return await check('id-range', cost, async () => {
    const ranges = await subordinateRanges();
    if (!ranges)
      throw new Error('no range in /etc/subuid and /etc/subgid, or newuidmap is missing (package uidmap)');
    return `${ranges.uid.count} ids from ${ranges.uid.start}`;
  });
}

async function checkCgroups(): Promise<MachineCheck> {
  const cost = 'memory and CPU limits of pods are not enforced';
  return await check('cgroups', cost, async () => {
    const found = `${cgroupVersion()}: ${cgroupControllers().join(' ')}`;
    if (!runtimePlace().cgroups) throw new Error(`${found}; not writable here`);
    return found;
  });
}

async function checkPackages(missing: readonly string[]): Promise<MachineCheck> {
  return await check('packages', 'what needs them stops with a message', async () => {
    if (missing.length > 0) throw new Error(`missing: ${missing.join(' ')}`);
    return `${Object.values(PACKAGES).join(' ')} are installed`;
  });
}

async function check(name: string, cost: string, look: () => Promise<string>): Promise<MachineCheck> {
  try {
    return pass(name, await look());
  } catch (error) {
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error), cost };
  }
}

function pass(name: string, detail: string): MachineCheck {
  return { name, ok: true, detail, cost: '' };
}
