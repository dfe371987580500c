import { InvalidArgumentError, Option } from 'commander';

/** Where the control plane's state lives; every command that needs one takes it. */
export function stateDirOption(): Option {
  return new Option('--state-dir <folder>', 'state folder of the control plane').env('SLIPWAY_STATE_DIR');
}

/** Which policy of pods an embedded control plane has; kept in its state folder. */
export function policyOption(): Option {
  return new Option(
    '--policy <policy>',
    'what pods may do: kubernetes (Pod Security levels) or openshift (security context constraints); default: as the state folder was last started, at first kubernetes',
  )
    .choices(['kubernetes', 'openshift'])
    .env('SLIPWAY_POLICY');
}

/** `-o json` for programs, text for people. */
export function outputOption(): Option {
  return new Option('-o, --output <format>', 'format of the result')
    .choices(['text', 'json'])
    .default('text');
}

/** Collects a repeatable option into an array. */
export function collect(value: string, all: readonly string[] = []): string[] {
  return [...all, value];
}

/** Collects a repeatable option whose values may also be separated by commas. */
export function collectCommas(value: string, all: readonly string[] = []): string[] {
  return [
    ...all,
    ...value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  ];
}

/** Collects repeatable `key=value` options into a record; a bare `key` takes its value from the environment. */
export function collectPairs(
  value: string,
  all: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const at = value.indexOf('=');
  if (at === 0) throw new InvalidArgumentError('write it as key=value');
  if (at > 0) return { ...all, [value.slice(0, at)]: value.slice(at + 1) };
  const inherited = process.env[value];
  return inherited === undefined ? { ...all } : { ...all, [value]: inherited };
}

/** A port number, 0 meaning any free one. */
export function parsePort(value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new InvalidArgumentError('a port is 0 to 65535');
  return port;
}
