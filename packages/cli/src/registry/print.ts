/** Prints one line of JSON, or what `text` says. */
export function printResult(output: 'text' | 'json', result: unknown, text: () => string): void {
  process.stdout.write(output === 'json' ? `${JSON.stringify(result)}\n` : text());
}

/** Rows below a heading, in columns. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('   ')
      .trimEnd();
  return `${all.map(line).join('\n')}\n`;
}
