import { Argument, type Command } from 'commander';

export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description('print the completion script of a shell: source <(slipway completion bash)')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action((shell: 'bash' | 'zsh' | 'fish') => {
      process.stdout.write(SCRIPTS[shell](words(program)));
    });
}

/** command path (`image build`) → what may follow it */
function words(command: Command, path: readonly string[] = []): Map<string, string[]> {
  const options = command.options.filter((option) => !option.hidden).flatMap((option) => option.long ?? []);
  const subcommands = command.commands.filter((sub) => !isHidden(sub)).map((sub) => sub.name());
  const own: [string, string[]] = [path.join(' '), [...subcommands, ...options, '--help']];
  return new Map([own, ...command.commands.flatMap((sub) => [...words(sub, [...path, sub.name()])])]);
}

const isHidden = (command: Command): boolean => '_hidden' in command && command._hidden === true;

const SCRIPTS: Record<'bash' | 'zsh' | 'fish', (words: Map<string, string[]>) => string> = {
  bash: (all) => `_slipway() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" path="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  local words
  case "$path" in
${cases(all)}
    *) words="" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$cur"))
}
complete -o filenames -F _slipway slipway
`,
  zsh: (all) => `#compdef slipway
autoload -U +X bashcompinit && bashcompinit
${SCRIPTS.bash(all)}`,
  fish: (all) =>
    [...all]
      .flatMap(([path, list]) => list.map((word) => fishLine(path, word)))
      .map((line) => `${line}\n`)
      .join(''),
};

function cases(all: Map<string, string[]>): string {
  return [...all].map(([path, list]) => `    "${path}") words="${list.join(' ')}" ;;`).join('\n');
}

function fishLine(path: string, word: string): string {
  const last = path.split(' ').at(-1) ?? '';
  const condition = path === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${last}`;
  const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
  return `complete -c slipway -n '${condition}' ${what}`;
}
