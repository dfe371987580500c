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

interface Completions {
  readonly words: readonly string[];
  /** What an option takes, by each of its flags, where that is one of a few words. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Whether no subcommand follows. */
  readonly isLeaf: boolean;
}

/** command path (`image build`) → what may follow it */
function words(command: Command, path: readonly string[] = []): Map<string, Completions> {
  const options = command.options.filter((option) => !option.hidden);
  const subcommands = command.commands.filter((sub) => !isHidden(sub)).map((sub) => sub.name());
  const values = options.flatMap(({ short, long, argChoices }) =>
    [short, long].flatMap((flag): [string, readonly string[]][] =>
      flag && argChoices ? [[flag, argChoices]] : [],
    ),
  );
  const own: Completions = {
    words: [...subcommands, ...options.flatMap((option) => option.long ?? []), '--help'],
    values: new Map(values),
    isLeaf: subcommands.length === 0,
  };
  const below = command.commands.flatMap((sub) => [...words(sub, [...path, sub.name()])]);
  return new Map([[path.join(' '), own], ...below]);
}

const isHidden = (command: Command): boolean => '_hidden' in command && command._hidden === true;

const SCRIPTS: Record<'bash' | 'zsh' | 'fish', (words: Map<string, Completions>) => string> = {
  bash: (all) => `_slipway() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" path="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  local words
  case "$path $prev" in
${valueCases(all)}
    *)
      case "$path" in
${cases(all)}
        *) words="" ;;
      esac ;;
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
      .flatMap(([path, { words: list, values }]) =>
        list.map((word) => fishLine(path, word, values.get(word))),
      )
      .map((line) => `${line}\n`)
      .join(''),
};

/** A leaf's arguments may stand before what is completed: `build . --met`. */
function cases(all: Map<string, Completions>): string {
  const line = ([path, { words: list, isLeaf }]: [string, Completions]): string =>
    `        "${path}"${isLeaf ? `|"${path} "*` : ''}) words="${list.join(' ')}" ;;`;
  return [...all].map(line).join('\n');
}

function valueCases(all: Map<string, Completions>): string {
  return [...all]
    .flatMap(([path, { values }]) =>
      [...values].map(
        ([flag, list]) => `    "${path} ${flag}"|"${path} "*" ${flag}") words="${list.join(' ')}" ;;`,
      ),
    )
    .join('\n');
}

function fishLine(path: string, word: string, values: readonly string[] | undefined): string {
  const last = path.split(' ').at(-1) ?? '';
  const condition = path === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${last}`;
  const takes = values === undefined ? '' : ` -x -a '${values.join(' ')}'`;
  const what = word.startsWith('--') ? `-l ${word.slice(2)}${takes}` : `-f -a ${word}`;
  return `complete -c slipway -n '${condition}' ${what}`;
}
