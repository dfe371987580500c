import type { ContainerDefaults } from '@slipway/oci';
import type { BuiltImage } from './built-image.ts';
import { flatten, type Inode, memberPath, type Tree } from './flatten.ts';

/** Times that a build makes itself are never equal; both sides' are shown as this. */
const NOW = 'now';

export interface CompareOptions {
  /** When the builds began, in seconds: later times are theirs. */
  readonly began: number;
  /** Whether docker's image was made from another Dockerfile: then only its tree and defaults count. */
  readonly treeOnly: boolean;
}

/** Everything in which our image differs from docker's, one line each; empty for the same image. */
export function differences(ours: BuiltImage, dockers: BuiltImage, options: CompareOptions): string[] {
  const { image: docker, lines } = withoutEmptyLayers(dockers);
  return [
    ...(options.treeOnly ? [] : lines),
    ...compareTrees(flatten(ours.layers), flatten(docker.layers), options),
    ...compareDefaults(ours, docker),
    ...(options.treeOnly ? [] : [...compareLayers(ours, docker), ...compareHistory(ours, docker)]),
  ];
}

function compareTrees(ours: Tree, docker: Tree, options: CompareOptions): string[] {
  const paths = [...new Set([...ours.keys(), ...docker.keys()])].sort();
  return paths.flatMap((path) => {
    const [mine, theirs] = [ours.get(path), docker.get(path)];
    const place = `/${shown(path)}`;
    if (!mine) return [`${place}: only docker has it`];
    if (!theirs) return [`${place}: only slipway has it`];
    return compareFields(place, describe(mine, options), describe(theirs, options));
  });
}

/** All that a program could see of a file, by name. */
function describe(
  { entry, content, names }: Inode,
  { began, treeOnly }: CompareOptions,
): Record<string, string> {
  const seconds = Number(entry.mtimeNs / 1_000_000_000n);
  const xattrs = [...(entry.xattrs ?? [])].map(([name, value]) => `${name}=${value.toString('hex')}`);
  return {
    type: entry.type,
    mode: entry.type === 'symlink' ? '' : entry.mode.toString(8),
    owner: `${entry.uid}:${entry.gid}`,
    size: String(entry.size),
    content: content ?? '',
    target: entry.type === 'symlink' ? shown(entry.linkname!.toString('latin1')) : '',
    names: entry.type === 'directory' ? '' : [...names].sort().map(shown).join(' '),
    device: entry.type === 'char' || entry.type === 'block' ? `${entry.devmajor}:${entry.devminor}` : '',
    attributes: xattrs.sort().join(' '),
    mtime: treeOnly && entry.type === 'directory' ? '' : seconds >= began ? NOW : String(seconds),
  };
}

function compareDefaults(ours: BuiltImage, docker: BuiltImage): string[] {
  const platform = ({ config }: BuiltImage): Record<string, unknown> => ({
    architecture: config.architecture,
    os: config.os,
  });
  return [
    ...compareFields('config', settings(ours.config.config), settings(docker.config.config)),
    ...compareFields('config', platform(ours), platform(docker)),
  ];
}

/** The container's defaults without what is empty: both forms mean the same. */
function settings(defaults: ContainerDefaults = {}): Record<string, unknown> {
  const isEmpty = (value: unknown): boolean =>
    value === '' || value === false || (typeof value === 'object' && Object.keys(value ?? {}).length === 0);
  // Those of a build's own container, which dockerd keeps in images.
  const ignored = ['Hostname', 'Domainname', 'Image', 'AttachStdin', 'AttachStdout', 'AttachStderr'];
  return Object.fromEntries(
    Object.entries(defaults).filter(([name, value]) => !isEmpty(value) && !ignored.includes(name)),
  );
}

function compareLayers(ours: BuiltImage, docker: BuiltImage): string[] {
  const counts = [ours.layers.length, docker.layers.length];
  if (counts[0] !== counts[1]) return [`layers: slipway has ${counts[0]}, docker has ${counts[1]}`];
  return ours.layers.flatMap((layer, index) => {
    const mine = new Set(layer.map(({ entry }) => memberPath(entry.name)));
    const theirs = new Set(docker.layers[index]!.map(({ entry }) => memberPath(entry.name)));
    const list = (names: Set<string>, others: Set<string>, who: string): string[] =>
      [...names].filter((name) => !others.has(name)).map((name) => `only ${who} lists /${shown(name)}`);
    return [...list(mine, theirs, 'slipway'), ...list(theirs, mine, 'docker')]
      .sort()
      .map((line) => `layer ${index}: ${line}`);
  });
}

/** The image without layers that hold nothing, and a line for each of them. */
function withoutEmptyLayers(image: BuiltImage): { image: BuiltImage; lines: string[] } {
  const lines: string[] = [];
  let next = 0;
  const history = (image.config.history ?? []).map((line) => {
    if (line.empty_layer || image.layers[next++]?.length !== 0) return line;
    lines.push(`an empty layer of docker: ${line.created_by}`);
    return { ...line, empty_layer: true };
  });
  const layers = image.layers.filter((layer) => layer.length > 0);
  return { image: { config: { ...image.config, history }, layers }, lines };
}

function compareHistory(ours: BuiltImage, docker: BuiltImage): string[] {
  const lines = ({ config }: BuiltImage): string[] =>
    (config.history ?? []).map((line) =>
      JSON.stringify([line.created_by, line.empty_layer ?? false, line.comment ?? '', line.author ?? '']),
    );
  const [mine, theirs] = [lines(ours), lines(docker)];
  const longest = Math.max(mine.length, theirs.length);
  return Array.from({ length: longest }, (_, index) => index)
    .filter((index) => mine[index] !== theirs[index])
    .map((index) => `history ${index}: slipway has ${mine[index]}, docker has ${theirs[index]}`);
}

function compareFields(
  place: string,
  ours: Readonly<Record<string, unknown>>,
  docker: Readonly<Record<string, unknown>>,
): string[] {
  const names = [...new Set([...Object.keys(ours), ...Object.keys(docker)])].sort();
  const text = (value: unknown): string =>
    typeof value === 'string' ? value : JSON.stringify(sorted(value));
  return names
    .filter((name) => text(ours[name]) !== text(docker[name]))
    .map((name) => `${place} ${name}: slipway has ${text(ours[name])}, docker has ${text(docker[name])}`);
}

/** Maps have no order; lists do. */
function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Bytes that are not printable ASCII as octal escapes. */
function shown(path: string): string {
  return path.replace(/[^\x21-\x7e]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
