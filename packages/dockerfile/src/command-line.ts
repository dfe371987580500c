import type { CommandLine } from './instruction.ts';
import { jsonArray } from './json-array.ts';
import type { Source } from './statement.ts';

/** The arguments as a command: the JSON array, or the line for the shell with its heredocs. */
export function commandLine(source: Source): CommandLine {
  const args = jsonArray(source);
  if (args !== undefined) return { form: 'exec', args };
  return { form: 'shell', line: source.rest, heredocs: source.heredocs };
}
