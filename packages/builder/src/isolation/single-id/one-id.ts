import { readdir } from 'node:fs/promises';
import { release } from 'node:os';
import { join, relative } from 'node:path';
import { DEFAULT_CAPABILITIES, findProgram, hasOneId, type ResolvedUser } from '@slipway/containers';
import { readAttributes, recordOwners } from '@slipway/oci';
import { bytePath } from '../../copy/byte-path.ts';
import { lstatInRoot } from '../../copy/resolve-in-root.ts';
import { OwnerSupervisor, type SupervisedRun } from './owner-supervisor.ts';

/** Architectures whose call numbers the supervisor knows. */
const ARCHITECTURES: readonly string[] = ['x64', 'arm64', 'riscv64'];
/** The only user there is, as the runtime sees it. */
const ONE_USER: ResolvedUser = { uid: 0, gid: 0, additionalGids: [], home: '/' };

/** How RUN gets along in a user namespace with one id, where no file can be given to another and nobody can become another. */
export class OneId {
  /** Answers what the kernel cannot; undefined where owners are lost. */
  readonly #perl: string | undefined;

  private constructor(perl: string | undefined) {
    this.#perl = perl;
  }

  /** Looks for what records owners; undefined where there are more ids, so that nothing need be recorded. */
  static async find(): Promise<OneId | undefined> {
    if (!hasOneId()) return undefined;
    // SECCOMP_USER_NOTIF_FLAG_CONTINUE came with Linux 5.5, openat2 with 5.6.
    const [major = 0, minor = 0] = release().split('.').map(Number);
    const able = ARCHITECTURES.includes(process.arch) && (major > 5 || (major === 5 && minor >= 6));
    return new OneId(able ? await findProgram('perl') : undefined);
  }

  /** Whether chown and the other users work, and images get the owners that they should. */
  get recordsOwners(): boolean {
    return this.#perl !== undefined;
  }

  /** Whom the runtime runs: the id that there is, and nothing that root may where it stands for another. */
  userFor({ uid }: ResolvedUser): { readonly user: ResolvedUser; readonly capabilities: readonly string[] } {
    return { user: ONE_USER, capabilities: uid === 0 ? DEFAULT_CAPABILITIES : [] };
  }

  async supervise(run: SupervisedRun): Promise<OwnerSupervisor | undefined> {
    return this.#perl === undefined ? undefined : await OwnerSupervisor.start(this.#perl, run);
  }

  /** Gives folders that were made in `layer` the recorded owners that they have in `root`. */
  async copyRecords(root: string, layer: string): Promise<void> {
    const made = await readdir(layer, { recursive: true, withFileTypes: true });
    const folders = made
      .filter((entry) => entry.isDirectory())
      .map(({ parentPath, name }) => bytePath(relative(layer, join(parentPath, name))))
      .filter((path) => lstatInRoot(root, path) !== undefined);
    const { owners } = await readAttributes(root, folders, undefined, { only: true });
    await recordOwners(layer, owners);
  }

  /** What is to be said of a RUN that owners are lost of; undefined where all is well. */
  warningFor(user: ResolvedUser): string | undefined {
    if (this.recordsOwners || user.uid === 0) return undefined;
    return `there is one id here and no Perl, which would answer for others: user ${user.uid} runs as root of the namespace, what it makes is its own in the image`;
  }

  /** Why a RUN failed, where its last lines tell that it wanted another id. */
  hintFor(lines: readonly string[]): string | undefined {
    const wanted =
      /(chown|owner|group|uid|gid|seteuid|setegid|su:).*(invalid argument|operation not permitted)/i;
    if (this.recordsOwners || !lines.some((line) => wanted.test(line))) return undefined;
    return 'there is one id here: with Perl (Debian package perl-base) owners are recorded and this works; or give this user ids in /etc/subuid and /etc/subgid';
  }
}
