/** Whether changes of a path, without leading slash, stay out of the layers. */
export type IgnoredPaths = (path: string) => boolean;

/** The test for `--ignore-path`: the paths and all below them; undefined where there are none. */
export function ignoredPaths(paths: readonly string[] = []): IgnoredPaths | undefined {
  const prefixes = paths.map((path) => path.replace(/^\/+|\/+$/g, '')).filter((path) => path !== '');
  if (prefixes.length === 0) return undefined;
  return (path) => prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
}
