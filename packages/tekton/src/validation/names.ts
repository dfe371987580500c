/** The values that occur again, each once, in order of the second occurrence. */
export function duplicates(values: readonly string[]): string[] {
  const again = values.filter((value, index) => values.indexOf(value) !== index);
  return [...new Set(again)];
}

/** A text as Go's %q prints it, for the messages that quote. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/** A list as Go's %v prints it: `[a b]`. */
export function goList(items: readonly string[]): string {
  return `[${items.join(' ')}]`;
}
