/** A variable reference found in a text: `$(params.foo.bar[0])` under the prefix `params`. */
interface Reference {
  /** The reference as written, `$(` and `)` included. */
  readonly text: string;
  /** What follows the prefix, without quotes: `foo.bar[0]`, `foo[*]`. */
  readonly path: string;
  /** The variable alone, indexes and keys removed: `foo`. */
  readonly name: string;
  /** False for `$(params.a.b.c)`: at most two dotted components may follow the prefix. */
  readonly wellFormed: boolean;
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Every `$(prefix.x)`, `$(prefix["x"])` and `$(prefix['x'])` in `text`, in order. */
export function findReferences(text: string, prefix: string): Reference[] {
  if (!text.includes('$(')) return [];
  const index = '(?:\\[(?:\\d+|\\*)?\\])?';
  const pattern = new RegExp(
    `\\$\\(${escapeRegExp(prefix)}(?:\\.(?<dotted>[^()]*?)|\\["(?<double>[^()]*?)"\\](?<doubleIndex>${index})|\\['(?<single>[^()]*?)'\\](?<singleIndex>${index}))\\)`,
    'g',
  );
  return [...text.matchAll(pattern)].map((match) => {
    const { dotted, double, doubleIndex = '', single, singleIndex = '' } = match.groups!;
    const quoted = double ?? single;
    const path = dotted ?? `${quoted}${doubleIndex}${singleIndex}`;
    const bare = trimIndexes(dotted ?? quoted!);
    const wellFormed = dotted === undefined || bare.split('.').length <= 2;
    return { text: match[0], path, name: dotted === undefined ? bare : bare.split('.')[0]!, wellFormed };
  });
}

/** Removes every `[0]` and `[*]`. */
function trimIndexes(path: string): string {
  return path.replace(/\[\d*\*?\]/g, '');
}

/** A text that holds exactly one reference and nothing else. */
export function isWholeReference(text: string): boolean {
  return /^\$\([_a-zA-Z0-9.-]+(\.[_a-zA-Z0-9.-]+)*(\[([0-9]+|\*)\])?\)$/.test(text);
}
