/**
 * The order of a merged list: elements named by `wanted` in its order, and each element that only the live list has
 * before the first wanted one that follows it there.
 */
export function mergeOrder(live: readonly string[], wanted: readonly string[]): string[] {
  const position = new Map(live.map((key, index) => [key, index]));
  const named = new Set(wanted);
  const rest = live.filter((key) => !named.has(key));
  const order: string[] = [];
  let next = 0;
  for (const key of wanted) {
    const at = position.get(key);
    while (at !== undefined && next < rest.length && position.get(rest[next]!)! < at)
      order.push(rest[next++]!);
    order.push(key);
  }
  return [...order, ...rest.slice(next)];
}
