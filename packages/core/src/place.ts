/** Where in the input something is: a position in a file, or the path of a field in an object. */
export interface Place {
  readonly file?: string | undefined;
  /** 1-based. */
  readonly line?: number | undefined;
  /** 1-based, in UTF-16 code units. */
  readonly column?: number | undefined;
  /** Field path as Kubernetes writes it: `spec.steps[0].image`. */
  readonly field?: string | undefined;
  /** The text of that line, for the excerpt. */
  readonly text?: string | undefined;
}

/** `Dockerfile:3:5`, `spec.steps[0].image`, or the empty string. */
export function formatPlace(place: Place): string {
  const position = [place.file, place.line, place.column].filter((part) => part !== undefined).join(':');
  return [position, place.field].filter((part) => part !== undefined && part !== '').join(' ');
}

/** The line with a caret under the column; the empty string where the text is unknown. */
export function formatExcerpt(place: Place): string {
  if (place.text === undefined) return '';
  const number = place.line === undefined ? '' : `${place.line}`;
  const gutter = number === '' ? '' : `${number} | `;
  const { text, column } = shown(place.text, place.column);
  const excerpt = `${gutter}${text}`;
  if (column === undefined) return excerpt;
  const lead = text.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return `${excerpt}\n${' '.repeat(Math.max(0, gutter.length - 2))}${gutter === '' ? '' : '| '}${lead}^`;
}

const LONGEST_EXCERPT = 300;

/** The part of a line that is shown: around the column, and nothing in it that a terminal would obey. */
function shown(
  line: string,
  column?: number,
): { readonly text: string; readonly column: number | undefined } {
  const cut = line.length > LONGEST_EXCERPT;
  const start = cut && column !== undefined ? Math.max(0, column - LONGEST_EXCERPT / 2) : 0;
  const before = start > 0 ? '…' : '';
  const after = line.length > start + LONGEST_EXCERPT ? '…' : '';
  const part = line.slice(start, start + LONGEST_EXCERPT).replace(/(?!\t)\p{Cc}/gu, '\uFFFD');
  return { text: `${before}${part}${after}`, column: column && column - start + before.length };
}
