import { type Digest, isDigest } from './digest.ts';
import { FieldReader, type JsonObject, parseJsonObject } from './json-shape.ts';

/** Docker's HEALTHCHECK; times in nanoseconds. */
export interface Healthcheck {
  readonly Test?: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}

/** How a container of the image runs (`config` of the image configuration). */
export interface ContainerDefaults {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>> | null;
  readonly Env?: readonly string[] | null;
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Volumes?: Readonly<Record<string, object>> | null;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly StopSignal?: string;
  readonly Shell?: readonly string[] | null;
  readonly Healthcheck?: Healthcheck | null;
  readonly OnBuild?: readonly string[] | null;
  readonly ArgsEscaped?: boolean;
}

/** One line of an image's history; one with `empty_layer` has no layer. */
export interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

/** The image configuration (OCI image-spec, config.md). Unknown members are kept. */
export interface ImageConfig {
  readonly created?: string;
  readonly author?: string;
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
  readonly config?: ContainerDefaults;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly HistoryEntry[];
}

const read = new FieldReader('CONFIG_INVALID');
const LISTS = ['Env', 'Entrypoint', 'Cmd', 'Shell', 'OnBuild'] as const;
const TEXTS = ['User', 'WorkingDir', 'StopSignal'] as const;
const MAPS = ['ExposedPorts', 'Volumes'] as const;

/** Reads an image configuration. Throws CONFIG_INVALID with the field path. */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  const object = parseJsonObject(bytes, 'CONFIG_INVALID', 'the image configuration');
  read.string(object.architecture, 'architecture');
  read.string(object.os, 'os');
  checkRootfs(read.object(object.rootfs, 'rootfs'));
  if (object.config !== undefined && object.config !== null)
    checkDefaults(read.object(object.config, 'config'));
  if (object.history !== undefined && object.history !== null) {
    for (const [index, line] of read.array(object.history, 'history').entries()) {
      read.object(line, `history[${index}]`);
    }
  }
  return object as unknown as ImageConfig;
}

function checkRootfs(rootfs: JsonObject): void {
  if (rootfs.type !== 'layers') read.fail('rootfs.type', '"layers"');
  const ids = read.strings(rootfs.diff_ids ?? [], 'rootfs.diff_ids');
  const bad = ids.findIndex((id) => !isDigest(id));
  if (bad >= 0) read.fail(`rootfs.diff_ids[${bad}]`, 'a sha256 or sha512 digest');
}

function checkDefaults(config: JsonObject): void {
  for (const key of LISTS) if (config[key] != null) read.strings(config[key], `config.${key}`);
  for (const key of TEXTS) if (config[key] != null) read.string(config[key], `config.${key}`);
  for (const key of MAPS) if (config[key] != null) read.object(config[key], `config.${key}`);
  if (config.Labels != null) read.stringMap(config.Labels, 'config.Labels');
}
