import type { ContentStore, Descriptor, Digest } from '@slipway/oci';
import type { DebianHost } from './debian-host.ts';

/** An image for the builder to make and push. */
export interface SeedBuild {
  readonly name: string;
  /** Build context with a Dockerfile. */
  readonly context: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** `docker.io/library/golang:latest` and so on, names in the embedded registry. */
  readonly references: readonly string[];
  readonly signal: AbortSignal | undefined;
}

export interface SeedProgress {
  /** The image that it is about. */
  readonly name: string;
  readonly text: string;
}

/** What `seed` needs of its surroundings; `seedOptions` gives the real ones. */
export interface SeedOptions {
  /** Names of the catalogue; those that they build on are made as well. Default: all. */
  readonly images?: readonly string[] | undefined;
  /** Slipway's version, one of the executor's tags. */
  readonly version: string;
  /** Where it is written down what was made: `StateFolder.seed`. */
  readonly recordsDir: string;
  readonly store: ContentStore;
  /** Where packages come from. Default: what this machine's /etc/apt says. */
  readonly host?: DebianHost | undefined;
  build(image: SeedBuild): Promise<{ readonly digest: Digest; readonly size: number }>;
  /** Pushes an image of the store under these names. */
  publish(manifest: Descriptor, references: readonly string[]): Promise<void>;
  /** The digest that the registry has under a name; undefined where it has none. */
  published(reference: string): Promise<Digest | undefined>;
  /** Make everything again. */
  readonly force?: boolean | undefined;
  readonly onProgress?: ((progress: SeedProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SeededImage {
  readonly name: string;
  /** Names under which the mirror finds it. */
  readonly references: readonly string[];
  readonly digest: Digest;
  /** Bytes, compressed. */
  readonly size: number;
  /** Whether it was there before, made of the same inputs. */
  readonly cached: boolean;
  readonly durationMs: number;
}
