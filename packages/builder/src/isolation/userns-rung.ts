import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DEFAULT_CAPABILITIES,
  mountOverlay,
  mountTmpfs,
  type RuntimeProgram,
  resolveUser,
  runForeground,
  runtimeSpec,
  unmount,
} from '@slipway/containers';
import { diffLayer, type RecordedOwners } from '@slipway/oci';
import type { Scratch } from '../scratch.ts';
import type { IgnoredPaths } from './ignored-paths.ts';
import { copyTopFolder, makeMountPoints, STANDARD_MOUNT_POINTS } from './mount-points.ts';
import { networkFolders, takesOwnSysfs } from './network-sysfs.ts';
import { placeFiles } from './place-files.ts';
import {
  containerMounts,
  type NetworkSysfs,
  withNetworkNamespace,
  withUserNamespace,
} from './run-container.ts';
import type { RootView, RunCommand, RunEnd, Rung, WritableRoot } from './rung.ts';
import type { OneId } from './single-id/one-id.ts';

export interface UsernsRungOptions {
  readonly runtime: RuntimeProgram;
  readonly scratch: Scratch;
  /** Where overlays keep their changes: the scratch folder, or a tmpfs. */
  readonly overlayRoot: string;
  /** Where unpacked layers are kept, to see whether changes can be moved there. */
  readonly layersDir: string;
  readonly pidNamespace: 'own' | 'shared';
  readonly description: string;
  /** Where there is one id: what records the owners. */
  readonly oneId?: OneId | undefined;
  readonly sourceDateEpoch?: number | undefined;
  /** Whether changes of a path, without leading slash, stay out of the layers. */
  readonly ignored?: IgnoredPaths | undefined;
}

/** The highest rung: overlays in our own user namespace, one runc or crun container for each RUN. */
export class UsernsRung implements Rung {
  readonly name = 'userns';
  readonly description: string;
  readonly #options: UsernsRungOptions;
  #count = 0;

  constructor(options: UsernsRungOptions) {
    this.#options = options;
    this.description = options.description;
  }

  hintFor(lines: readonly string[]): string | undefined {
    return this.#options.oneId?.hintFor(lines);
  }

  async view(lower: readonly string[]): Promise<RootView> {
    const overlay = await Overlay.mount(this.#folder('view'), lower);
    return { path: overlay.target, [Symbol.asyncDispose]: () => overlay.remove() };
  }

  async open(lower: readonly string[]): Promise<WritableRoot> {
    const folder = this.#folder('run');
    return new OverlayRoot(this.#options, folder, await Overlay.mount(folder, lower), lower);
  }

  #folder(purpose: string): string {
    this.#count += 1;
    return join(this.#options.overlayRoot, `${purpose}-${this.#count}`);
  }
}

/** One mounted overlay and its folders. */
class Overlay {
  readonly folder: string;
  readonly upper: string;
  readonly target: string;
  #mounted = true;

  private constructor(folder: string) {
    this.folder = folder;
    this.upper = join(folder, 'upper');
    this.target = join(folder, 'root');
  }

  static async mount(folder: string, lower: readonly string[]): Promise<Overlay> {
    const overlay = new Overlay(folder);
    const work = join(folder, 'work');
    const empty = join(folder, 'empty');
    const folders = [folder, overlay.upper, overlay.target, work, ...(lower.length === 0 ? [empty] : [])];
    for (const path of folders) await mkdir(path, { recursive: true });
    const below = lower.length === 0 ? [empty] : lower;
    copyTopFolder(below[0]!, overlay.upper);
    try {
      // Nobody needs a half-made layer after a crash of the machine: no sync when it is unmounted.
      await mountOverlay({
        lower: below,
        upper: overlay.upper,
        work,
        target: overlay.target,
        volatile: true,
      });
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    return overlay;
  }

  async unmount(): Promise<void> {
    if (!this.#mounted) return;
    await unmount(this.target);
    this.#mounted = false;
  }

  async remove(): Promise<void> {
    await this.unmount();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

class OverlayRoot implements WritableRoot {
  readonly #options: UsernsRungOptions;
  readonly #folder: string;
  readonly #lower: readonly string[];
  #overlay: Overlay;
  #adoptable = false;
  #recorded: RecordedOwners | undefined;

  constructor(options: UsernsRungOptions, folder: string, overlay: Overlay, lower: readonly string[]) {
    this.#options = options;
    this.#folder = folder;
    this.#overlay = overlay;
    this.#lower = lower;
  }

  async run(command: RunCommand): Promise<RunEnd> {
    await this.#addMountPoints(command);
    const rootfs = this.#overlay.target;
    const bundle = await this.#options.scratch.subfolder('bundle');
    await using cleanup = new AsyncDisposableStack();
    if (command.hasSecretVariables) {
      // The runtime reads variables from a file: that one is in memory, and goes with the mount namespace.
      await mountTmpfs(bundle, { mode: 0o700 });
      cleanup.defer(() => unmount(bundle));
    }
    const user = await resolveUser(rootfs, command.user);
    const env = command.env.some((entry) => entry.startsWith('HOME=')) ? [] : [`HOME=${user.home}`];
    const { oneId, pidNamespace, runtime, scratch } = this.#options;
    const as = oneId?.userFor(user) ?? { user, capabilities: DEFAULT_CAPABILITIES };
    const spec = runtimeSpec({
      args: [...command.args],
      env: [...command.env, ...env],
      cwd: command.cwd,
      user: as.user,
      rootfs,
      mounts: containerMounts([...(await placeFiles(bundle)), ...command.mounts]),
      capabilities: [...as.capabilities],
      seccomp: 'runtime-default',
      hostNetwork: true,
      pidNamespace,
    });
    const hidden = pidNamespace === 'shared' ? withUserNamespace(spec) : spec;
    const offline = command.network === 'none';
    const config = offline ? withNetworkNamespace(hidden, await this.#networkSysfs()) : hidden;
    using supervisor = await oneId?.supervise({ bundle, upper: this.#overlay.upper, merged: rootfs, user });
    await writeFile(join(bundle, 'config.json'), JSON.stringify(supervisor?.extend(config) ?? config));
    const { exitCode } = await runForeground({
      runtime,
      id: scratch.containerId(bundle),
      bundle,
      stateRoot: join(command.hasSecretVariables ? bundle : scratch.folder, 'containers'),
      onStdout: command.onOutput,
      onStderr: command.onOutput,
      signal: command.signal,
    });
    if (oneId) this.#recorded = { created: user, byInode: (await supervisor?.finish()) ?? new Map() };
    return { exitCode, warning: oneId?.warningFor(user) };
  }

  async #networkSysfs(): Promise<NetworkSysfs> {
    const folder = await this.#options.scratch.subfolder('sys');
    return (await takesOwnSysfs(folder)) ? 'own' : { hidden: networkFolders() };
  }

  /** Puts one more lower layer with the missing mount points on top, if any are missing. */
  async #addMountPoints(command: RunCommand): Promise<void> {
    const points = [
      ...STANDARD_MOUNT_POINTS,
      ...command.mounts.map(({ target, kind }) => ({ target, kind })),
    ];
    const layer = await this.#options.scratch.subfolder('mount-points');
    copyTopFolder(this.#overlay.target, layer);
    if (!makeMountPoints(this.#overlay.target, layer, points)) return;
    await this.#options.oneId?.copyRecords(this.#overlay.target, layer);
    await this.#overlay.remove();
    this.#overlay = await Overlay.mount(this.#folder, [layer, ...this.#lower]);
  }

  async changes(): Promise<AsyncIterable<Uint8Array> | undefined> {
    await this.#overlay.unmount();
    const { upper } = this.#overlay;
    if ((await readdir(upper)).length === 0) return undefined;
    const { layersDir, sourceDateEpoch, ignored } = this.#options;
    // With ignored paths the folder has more in it than the layer.
    this.#adoptable = ignored === undefined && (await stat(upper)).dev === (await stat(layersDir)).dev;
    const onUnrecorded = (): void => {
      this.#adoptable = false;
    };
    const recordedOwners = this.#recorded && { ...this.#recorded, onUnrecorded };
    return diffLayer(upper, { sourceDateEpoch, exclude: ignored, recordedOwners });
  }

  adoptable(): string | undefined {
    return this.#adoptable ? this.#overlay.upper : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#overlay.remove();
  }
}
