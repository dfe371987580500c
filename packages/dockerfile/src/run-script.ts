import { heredocText, parseHeredocWord } from './heredoc.ts';
import type { CommandLine } from './instruction.ts';

/** How RUN starts its command. */
export type RunScript =
  /** These arguments, without a shell. */
  | { readonly via: 'exec'; readonly args: readonly string[] }
  /** This text as the last argument of the stage's shell. */
  | { readonly via: 'shell'; readonly text: string }
  /** This file, executable, for it begins with `#!`; docker shows it to the command as /dev/pipes/<name>. */
  | { readonly via: 'file'; readonly name: string; readonly content: string };

/** What RUN runs: a lone heredoc is the script itself; others are put back for the shell to read. */
export function runScript(command: CommandLine): RunScript {
  if (command.form === 'exec') return { via: 'exec', args: command.args };
  const { line, heredocs } = command;
  const [first] = heredocs;
  if (first === undefined) return { via: 'shell', text: line };
  if (!isLoneHeredoc(line)) {
    const bodies = heredocs.map(({ name, content }) => `\n${content}${name}`);
    return { via: 'shell', text: line + bodies.join('') };
  }
  const content = heredocText(first);
  return content.startsWith('#!')
    ? { via: 'file', name: first.name, content }
    : { via: 'shell', text: content };
}

function isLoneHeredoc(line: string): boolean {
  try {
    return parseHeredocWord(line) !== undefined;
  } catch {
    return false; // More than a heredoc word: the shell reads it.
  }
}
