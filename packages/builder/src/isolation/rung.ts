import type { Mount } from './run-mount.ts';

/** One program of a RUN. */
export interface RunCommand {
  readonly args: readonly string[];
  /** `NAME=value`. */
  readonly env: readonly string[];
  /** Whether `env` has values that must be in no file. */
  readonly hasSecretVariables: boolean;
  readonly cwd: string;
  /** As USER writes it: `name`, `uid`, `name:group`; empty for root. */
  readonly user: string;
  readonly network: 'host' | 'none';
  readonly mounts: readonly Mount[];
  readonly onOutput: (chunk: Uint8Array) => void;
  readonly signal: AbortSignal;
}

/** A merged root filesystem. */
export interface RootView extends AsyncDisposable {
  readonly path: string;
}

export interface ViewOptions {
  /** Whether it may be written to, and nobody else shall see that; what is written is thrown away. Default false. */
  readonly writable?: boolean;
}

/** How a RUN ended. */
export interface RunEnd {
  readonly exitCode: number;
  /** What people should know of the layer that it made. */
  readonly warning?: string | undefined;
}

/** A root filesystem over some layers that programs may change. */
export interface WritableRoot extends AsyncDisposable {
  run(command: RunCommand): Promise<RunEnd>;
  /**
   * What changed, as a layer's tar; undefined where nothing did. The root must not be used after this, but `adopt` may
   * be called when the tar was read.
   */
  changes(): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Tells which chain ID the root has, with the layer of its changes, once that is made. */
  became?(chain: string): void;
  /** Gives the folder of changes away where it can serve as the unpacked layer, so that nothing is unpacked again. */
  adoptable(): string | undefined;
}

/** A way to run instructions, from the most isolated down. */
export interface Rung {
  readonly name: 'userns' | 'chroot' | 'in-place';
  /** One line for people: what it is and why it was chosen. */
  readonly description: string;
  /** What would help a RUN that failed with these last lines, where it failed for what this rung lacks. */
  hintFor?(lines: readonly string[]): string | undefined;
  /** `lower`: unpacked layers, topmost first. */
  view(lower: readonly string[], options?: ViewOptions): Promise<RootView>;
  /** `chains`: the chain ID of each of them with those below it. */
  open(lower: readonly string[], chains: readonly string[]): Promise<WritableRoot>;
}
