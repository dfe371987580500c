import { isMap, isScalar, isSeq, Pair, YAMLMap, YAMLSeq, type YamlNode, yamlNode } from '@slipway/kube';

/** The map at a path of keys, if there is one. */
export function mapAt(node: unknown, ...path: string[]): YAMLMap | undefined {
  const found = nodeAt(node, ...path);
  return isMap(found) ? found : undefined;
}

/** The maps of the list at a path of keys; none where there is no list. */
export function mapsAt(node: unknown, ...path: string[]): YAMLMap[] {
  const found = nodeAt(node, ...path);
  return isSeq(found) ? found.items.filter((item): item is YAMLMap => isMap(item)) : [];
}

/** The node at a path of keys, if there is one. */
export function nodeAt(node: unknown, ...path: string[]): YamlNode | undefined {
  let at = node;
  for (const key of path) at = isMap(at) ? at.get(key, true) : undefined;
  return at as YamlNode | undefined;
}

/** The text at a path of keys, if there is some. */
export function textAt(node: unknown, ...path: string[]): string | undefined {
  const found = nodeAt(node, ...path);
  return isScalar(found) && typeof found.value === 'string' ? found.value : undefined;
}

const keyOf = ({ key }: Pair): unknown => (isScalar(key) ? key.value : key);

const indexOf = (map: YAMLMap, key: string): number => map.items.findIndex((pair) => keyOf(pair) === key);

/** Takes a key out of its map; its comments stay with it. */
export function take(map: YAMLMap | undefined, key: string): Pair | undefined {
  const index = map === undefined ? -1 : indexOf(map, key);
  return index < 0 ? undefined : map!.items.splice(index, 1)[0];
}

/** Gives a key another name, in its place. */
export function rename(map: YAMLMap, from: string, to: string): void {
  const pair = map.items[indexOf(map, from)];
  if (pair && isScalar(pair.key)) pair.key.value = to;
}

/** Sets a key: in its place where it is there, else after the first of the given keys that is there, else at the top, or the end where none are given. */
export function put(map: YAMLMap, key: string, value: unknown, after: readonly string[] = []): void {
  const node =
    value instanceof YAMLMap || value instanceof YAMLSeq || isScalar(value) ? value : yamlNode(value);
  const index = indexOf(map, key);
  if (index >= 0) {
    map.items[index]!.value = node;
    return;
  }
  const end = after.length > 0 ? 0 : map.items.length;
  const before = after.map((name) => indexOf(map, name)).find((at) => at >= 0);
  map.items.splice(before === undefined ? end : before + 1, 0, new Pair(yamlNode(key), node));
}

/** The list at a key, made after the first of the given keys that is there where it is missing. */
export function listAt(map: YAMLMap, key: string, after: readonly string[] = []): YAMLSeq {
  const found = map.get(key, true);
  if (isSeq(found)) return found;
  const list = new YAMLSeq();
  put(map, key, list, after);
  return list;
}

/** Adds elements to the list at a key, which is made when it is missing; nothing when there is nothing to add. */
export function append(
  map: YAMLMap,
  key: string,
  values: readonly unknown[],
  after: readonly string[] = [],
): void {
  if (values.length === 0) return;
  const list = listAt(map, key, after);
  for (const value of values) list.items.push(value instanceof YAMLMap ? value : yamlNode(value));
}

/** The plain value of a node. */
export function plain(node: YamlNode | undefined): unknown {
  return node === undefined ? undefined : (node as YAMLMap).toJSON();
}

/** A new map with what an object holds. */
export function mapNode(value: object): YAMLMap {
  return yamlNode(value) as YAMLMap;
}
