import { commandLine } from '../command-line.ts';
import { failure, suggestion } from '../failure.ts';
import { type Flags, readFlags } from '../flags.ts';
import type { RunInstruction } from '../instruction.ts';
import { checkMount } from '../mount.ts';
import type { Source } from '../statement.ts';

const NETWORKS = ['default', 'none', 'host'] as const;
const SECURITY = ['sandbox', 'insecure'] as const;

/** `RUN [flags] <command>`, with heredocs. */
export function parseRun(source: Source): RunInstruction {
  const flags = readFlags(source, {
    mount: 'list',
    network: 'string',
    security: 'string',
    device: 'list',
  });
  const mounts = flags.list('mount');
  for (const mount of mounts) checkMount(mount);
  return {
    kind: 'run',
    ...source.base,
    command: commandLine(source),
    mounts,
    network: oneOf(flags, 'network', NETWORKS),
    security: oneOf(flags, 'security', SECURITY),
    devices: flags.list('device'),
  };
}

/** The flag's value, which must be one of `allowed`; the first is the default. */
function oneOf<T extends string>(flags: Flags, name: string, allowed: readonly [T, ...T[]]): T {
  const flag = flags.word(name);
  if (flag === undefined) return allowed[0];
  const value = allowed.find((option) => option === flag.text);
  if (value !== undefined) return value;
  const hint = suggestion(flag.text, allowed, `it is one of ${allowed.join(', ')}`);
  throw failure('FLAG_VALUE', `--${name}=${flag.text} is not known`, flag.place, hint);
}
