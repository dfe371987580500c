/** What variables stand for. The keys are what a user writes between `$(` and `)`: `params.foo`, `params["foo"]`. */
export interface Replacements {
  readonly strings: ReadonlyMap<string, string>;
  /** Whole arrays: an argument that is exactly `$(key)` or `$(key[*])` becomes that many arguments. */
  readonly arrays: ReadonlyMap<string, readonly string[]>;
}

/** Replacements of strings only. */
export function stringReplacements(entries: Iterable<readonly [string, string]>): Replacements {
  return { strings: new Map(entries), arrays: new Map() };
}

/**
 * Replaces every known `$(key)` in one pass: a value that looks like a variable is not replaced again.
 * Unknown references stay as they are, so that `$(cat file)` of a shell is left alone.
 */
export function replaceInText(text: string, replacements: Replacements): string {
  if (!text.includes('$(')) return text;
  return text.replace(/\$\(([^()]*)\)/g, (whole, key: string) => replacements.strings.get(key) ?? whole);
}

/** As `replaceInText`, and an item that is a whole array reference becomes the array's items. */
export function replaceInList(items: readonly string[], replacements: Replacements): string[] {
  return items.flatMap((item) => {
    const key = /^\$\(([^()]*?)(?:\[\*\])?\)$/.exec(item)?.[1];
    const array = key === undefined ? undefined : replacements.arrays.get(key);
    return array ?? [replaceInText(item, replacements)];
  });
}
