import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DEFAULT_CAPABILITIES,
  mountTmpfs,
  type ResolvedUser,
  type RuntimeProgram,
  resolveUser,
  runForeground,
  runtimeSpec,
  unmount,
} from '@slipway/containers';
import { diffLayer, type RecordedOwners } from '@slipway/oci';
import type { Scratch } from '../scratch.ts';
import type { IgnoredPaths } from './ignored-paths.ts';
import {
  type MountPoint,
  makeMissingPoints,
  makeMountPoints,
  missingMountPoints,
  STANDARD_MOUNT_POINTS,
} from './mount-points.ts';
import { networkFolders, takesOwnSysfs } from './network-sysfs.ts';
import { Overlay } from './overlay.ts';
import { placeFiles } from './place-files.ts';
import {
  containerMounts,
  type NetworkSysfs,
  withNetworkNamespace,
  withUserNamespace,
} from './run-container.ts';
import type { Mount } from './run-mount.ts';
import type { RootView, RunCommand, RunEnd, Rung, ViewOptions, WritableRoot } from './rung.ts';
import { SharedViews } from './shared-views.ts';
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
  readonly #views: SharedViews;
  /** Below the layers of every RUN that mounts nothing of its own. */
  #standardPoints: string | undefined;
  #count = 0;

  constructor(options: UsernsRungOptions) {
    this.#options = options;
    this.description = options.description;
    this.#views = new SharedViews(() => this.#folder('view'));
    options.scratch.defer(() => this.#views.removeAll());
  }

  hintFor(lines: readonly string[]): string | undefined {
    return this.#options.oneId?.hintFor(lines);
  }

  async view(lower: readonly string[], { writable = false }: ViewOptions = {}): Promise<RootView> {
    if (!writable) return await this.#views.take(lower);
    const overlay = await Overlay.mount(this.#folder('view'), lower);
    return { path: overlay.target, [Symbol.asyncDispose]: () => overlay.remove() };
  }

  async open(lower: readonly string[]): Promise<WritableRoot> {
    return new OverlayRoot(this.#options, lower, (own) => this.#mount(lower, own));
  }

  /** `own`: the mount points of one RUN. One mount where the folder with all points serves below the layers, which is nearly always. */
  async #mount(layers: readonly string[], own: readonly MountPoint[]): Promise<Overlay> {
    const points = [...STANDARD_MOUNT_POINTS, ...own];
    const lower = [...layers, own.length === 0 ? this.#standard() : this.#pointsLayer(points)];
    const folder = this.#folder('run');
    const overlay = await Overlay.mount(folder, lower);
    const missing = missingMountPoints(overlay.target, points);
    if (missing.length === 0) return overlay;
    const layer = this.#folder('mount-points');
    mkdirSync(layer);
    makeMissingPoints(overlay.target, layer, missing);
    await this.#options.oneId?.copyRecords(overlay.target, layer);
    await overlay.remove();
    return await Overlay.mount(folder, [layer, ...lower]);
  }

  #standard(): string {
    this.#standardPoints ??= this.#pointsLayer(STANDARD_MOUNT_POINTS);
    return this.#standardPoints;
  }

  #pointsLayer(points: readonly MountPoint[]): string {
    const layer = this.#folder('mount-points');
    mkdirSync(layer, { mode: 0o755 });
    makeMountPoints(layer, points);
    return layer;
  }

  #folder(purpose: string): string {
    this.#count += 1;
    return join(this.#options.overlayRoot, `${purpose}-${this.#count}`);
  }
}

interface ContainerParts {
  readonly rootfs: string;
  readonly files: readonly Mount[];
  readonly user: ResolvedUser;
}

class OverlayRoot implements WritableRoot {
  readonly #options: UsernsRungOptions;
  readonly #layers: readonly string[];
  readonly #mount: (points: readonly MountPoint[]) => Promise<Overlay>;
  /** Mounted when the program's own mount points are known. */
  #overlay: Promise<Overlay> | undefined;
  #adoptable: string | undefined;
  #recorded: RecordedOwners | undefined;

  constructor(
    options: UsernsRungOptions,
    layers: readonly string[],
    mount: (points: readonly MountPoint[]) => Promise<Overlay>,
  ) {
    this.#options = options;
    this.#layers = layers;
    this.#mount = mount;
  }

  async run(command: RunCommand): Promise<RunEnd> {
    const { oneId, runtime, scratch } = this.#options;
    const bundle = await scratch.subfolder('bundle');
    await using cleanup = new AsyncDisposableStack();
    if (command.hasSecretVariables) {
      // The runtime reads variables from a file: that one is in memory, and goes with the mount namespace.
      await mountTmpfs(bundle, { mode: 0o700 });
      cleanup.defer(() => unmount(bundle));
    }
    this.#overlay = this.#mount(command.mounts.map(({ target, kind, mode }) => ({ target, kind, mode })));
    const [{ target: merged, upper }, files] = await Promise.all([this.#overlay, placeFiles(bundle)]);
    const user = await resolveUser(merged, command.user);
    const config = await this.#config(command, { rootfs: merged, files, user });
    const supervised = { bundle, upper, merged, user, lower: this.#layers };
    using supervisor = await oneId?.supervise(supervised);
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(supervisor?.extend(config) ?? config));
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

  async #config(command: RunCommand, { rootfs, files, user }: ContainerParts): Promise<object> {
    const env = command.env.some((entry) => entry.startsWith('HOME=')) ? [] : [`HOME=${user.home}`];
    const { oneId, pidNamespace } = this.#options;
    const as = oneId?.userFor(user) ?? { user, capabilities: DEFAULT_CAPABILITIES };
    const spec = runtimeSpec({
      args: [...command.args],
      env: [...command.env, ...env],
      cwd: command.cwd,
      user: as.user,
      rootfs,
      mounts: containerMounts([...files, ...command.mounts]),
      capabilities: [...as.capabilities],
      seccomp: 'runtime-default',
      hostNetwork: true,
      pidNamespace,
    });
    const hidden = pidNamespace === 'shared' ? withUserNamespace(spec) : spec;
    return command.network === 'none' ? withNetworkNamespace(hidden, await this.#networkSysfs()) : hidden;
  }

  async #networkSysfs(): Promise<NetworkSysfs> {
    const folder = await this.#options.scratch.subfolder('sys');
    return (await takesOwnSysfs(folder)) ? 'own' : { hidden: networkFolders() };
  }

  async changes(): Promise<AsyncIterable<Uint8Array> | undefined> {
    const overlay = await this.#overlay!;
    const { upper } = overlay;
    // Nothing runs in it any more, and what it showed is in the upper folder, which may be read meanwhile.
    const unmounted = overlay.unmount();
    unmounted.catch(() => {}); // Told by whoever waits for it.
    if (readdirSync(upper).length === 0) return undefined;
    const { layersDir, sourceDateEpoch, ignored } = this.#options;
    // With ignored paths the folder has more in it than the layer.
    if (ignored === undefined && statSync(upper).dev === statSync(layersDir).dev) this.#adoptable = upper;
    const onUnrecorded = (): void => {
      this.#adoptable = undefined;
    };
    const recordedOwners = this.#recorded && { ...this.#recorded, onUnrecorded };
    return withEnd(diffLayer(upper, { sourceDateEpoch, exclude: ignored, recordedOwners }), unmounted);
  }

  adoptable(): string | undefined {
    return this.#adoptable;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const overlay = await this.#overlay?.catch(() => undefined); // Whoever ran something was told.
    // What is left of one whose changes are a layer now is small, and goes with the scratch folder.
    await (this.#adoptable === undefined ? overlay?.remove() : overlay?.unmount());
  }
}

/** The pieces, and an end that comes when `last` is done. */
async function* withEnd(
  pieces: AsyncIterable<Uint8Array>,
  last: Promise<void>,
): AsyncGenerator<Uint8Array, void> {
  yield* pieces;
  await last;
}
