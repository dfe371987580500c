import { spawn } from 'node:child_process';
import { access, constants, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inUserNamespace } from '@slipway/containers';
import { type Place, SlipwayError } from '@slipway/core';
import { formatPlatform, hostPlatform, type Platform } from '@slipway/oci';
import type { Scratch } from '../scratch.ts';
import { readBinfmt, registration, takes } from './binfmt.ts';
import { elfMagic } from './elf-magic.ts';

const BINFMT = '/proc/sys/fs/binfmt_misc';

/**
 * Which programs RUN can run: this machine's own; those that an interpreter is registered for; and, in a user namespace of our
 * own (Linux 6.7 and later), those that a QEMU on the path runs: it is registered for that namespace alone, which takes no
 * privileges and changes nothing outside of it.
 */
export class Emulation {
  readonly #scratch: Scratch;
  readonly #note: (text: string) => void;
  readonly #known = new Map<string, Promise<Ability>>();
  #own: Promise<string | undefined> | undefined;

  constructor(scratch: Scratch, note: (text: string) => void) {
    this.#scratch = scratch;
    this.#note = note;
  }

  /** Throws BUILD_PLATFORM where programs of the platform cannot be run; `place` is the RUN that needs them. */
  async require(platform: Platform, place: Place): Promise<void> {
    const { architecture } = platform;
    const known = this.#known.get(architecture) ?? this.#look(architecture);
    this.#known.set(architecture, known);
    const ability = await known;
    if (ability.runs) return;
    const [host, wanted] = [formatPlatform(hostPlatform()), formatPlatform(platform)];
    throw new SlipwayError(
      'unsupported',
      'BUILD_PLATFORM',
      `RUN needs programs of ${wanted} to run here, on ${host}: ${ability.why}`,
      {
        place,
        hint: `${ability.remedy}; or let the stage run on this machine: FROM --platform=$BUILDPLATFORM`,
      },
    );
  }

  async #look(architecture: string): Promise<Ability> {
    const host = hostPlatform().architecture;
    if (architecture === host || (host === 'amd64' && architecture === '386')) return { runs: true };
    const program = elfMagic(architecture);
    if (program === undefined)
      return { runs: false, why: 'the architecture is not known', remedy: 'build on such a machine' };
    const entries = (await readBinfmt(BINFMT)).filter((entry) => entry.enabled && takes(entry, program));
    if (entries.some(({ flags }) => flags.includes('F'))) return { runs: true };
    const interpreter = await onPath([`qemu-${program.qemu}-static`, `qemu-${program.qemu}`]);
    const own = interpreter === undefined ? undefined : await this.#ownBinfmt();
    if (interpreter !== undefined && own !== undefined) {
      const line = registration(`slipway-${architecture}`, program, interpreter);
      await writeFile(join(own, 'register'), line);
      this.#note(`emulation: ${interpreter} runs programs of linux/${architecture}, in this build only`);
      return { runs: true };
    }
    const remedy = 'install QEMU: apt-get install qemu-user-static binfmt-support';
    if (entries.length > 0) {
      const [{ name, interpreter: found } = { name: '', interpreter: '' }] = entries;
      const why = `${name} is registered in ${BINFMT} without the flag F, so ${found} is not found inside the image`;
      return { runs: false, why, remedy: `register it again with the flag F, or ${remedy}` };
    }
    const why =
      interpreter === undefined
        ? `nothing is registered for them in ${BINFMT}, and there is no qemu-${program.qemu}-static`
        : `${interpreter} is there, but not registered in ${BINFMT}, and this place lets a build register nothing`;
    return { runs: false, why, remedy };
  }

  /** A binfmt_misc of our own user namespace; undefined where there is none to be had. */
  async #ownBinfmt(): Promise<string | undefined> {
    if (!inUserNamespace()) return undefined;
    this.#own ??= this.#mountOwn();
    return await this.#own;
  }

  async #mountOwn(): Promise<string | undefined> {
    const folder = await this.#scratch.subfolder('binfmt');
    await mkdir(folder, { recursive: true });
    if (!(await succeeds('mount', ['-t', 'binfmt_misc', 'none', folder]))) return undefined;
    this.#scratch.defer(async () => void (await succeeds('umount', [folder])));
    return folder;
  }
}

type Ability =
  | { readonly runs: true }
  | { readonly runs: false; readonly why: string; readonly remedy: string };

async function onPath(names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(':').filter((entry) => entry.startsWith('/'))) {
      const file = join(folder, name);
      const found = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (found) return file;
    }
  }
  return undefined;
}

function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    spawn(command, args, { stdio: 'ignore' })
      .once('error', () => resolve(false))
      .once('close', (code) => resolve(code === 0));
  });
}
