import { capabilityNumbers, DEFAULT_CAPABILITIES, ownCapabilities } from '@slipway/containers';
import { type Confinement, startArguments } from '../chroot/confinement.ts';
import { OwnContainer } from './own-container.ts';

/** The executor image keeps copies of all programs that a build in place starts here, with their libraries and their loader. */
const PROGRAMS = '/kaniko/bin';
const LIBRARIES = '/kaniko/lib';
const LOADER = `${LIBRARIES}/ld.so`;

/** How the process that builds is started so that it needs nothing outside of what is kept. Throws ISOLATION_UNAVAILABLE. */
export function keptPrograms(): { readonly node: string; readonly env: Record<string, string> } {
  const { folder } = OwnContainer.require();
  return {
    node: `${PROGRAMS}/node`,
    env: { PATH: PROGRAMS, LD_LIBRARY_PATH: LIBRARIES, TMPDIR: folder },
  };
}

/**
 * Starts programs in the root folder that is. They have Docker's capabilities without CAP_SETPCAP, where this process holds it: so
 * the builder holds one more, and the kernel lets none of them trace it or read its memory and variables (ptrace(2)).
 */
export function inPlaceStart(): Confinement {
  const dropped = ['CAP_SETPCAP'];
  const kept = canDrop()
    ? capabilityNumbers(DEFAULT_CAPABILITIES.filter((name) => !dropped.includes(name)))
    : 'all';
  // Perl gets no variables of ours; it finds its libraries by the loader.
  const perl = [LOADER, '--inhibit-cache', '--library-path', LIBRARIES, `${PROGRAMS}/perl`];
  return { start: (root, cwd, ids) => [...perl, ...(startArguments({ root, cwd, ...ids, kept }) ?? [])] };
}

/** Whether programs can be given less than this process has. */
export function canDrop(): boolean {
  return ownCapabilities().includes('CAP_SETPCAP');
}
