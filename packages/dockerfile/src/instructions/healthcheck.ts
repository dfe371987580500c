import { parseDuration } from '@slipway/core';
import { commandLine } from '../command-line.ts';
import { failure, suggestion } from '../failure.ts';
import { type Flags, readFlags } from '../flags.ts';
import type { HealthcheckInstruction } from '../instruction.ts';
import { present } from '../present.ts';
import { placeOf, type Source } from '../statement.ts';
import { missing } from './arguments.ts';

/** `HEALTHCHECK [flags] CMD <command>`, or `HEALTHCHECK NONE`. */
export function parseHealthcheck(source: Source): HealthcheckInstruction {
  const type = /^\S*/.exec(source.rest)![0];
  const command = source.rest.slice(type.length).trimStart();
  const flags = readFlags(source, {
    interval: 'string',
    timeout: 'string',
    'start-period': 'string',
    'start-interval': 'string',
    retries: 'string',
  });
  const settings = present({
    intervalMs: duration(flags, 'interval'),
    timeoutMs: duration(flags, 'timeout'),
    startPeriodMs: duration(flags, 'start-period'),
    startIntervalMs: duration(flags, 'start-interval'),
    retries: retries(flags),
  });
  const rest = {
    ...source,
    rest: command,
    restOffset: source.restOffset + source.rest.length - command.length,
  };
  switch (type.toUpperCase()) {
    case '':
      throw missing(source, 'at least one argument', 'CMD curl -f http://localhost/');
    case 'NONE':
      if (command !== '') throw failure('ARGUMENTS', 'HEALTHCHECK NONE takes no arguments', placeOf(rest));
      return { kind: 'healthcheck', ...source.base };
    case 'CMD':
      if (command === '') throw failure('ARGUMENTS', 'HEALTHCHECK CMD has no command', placeOf(rest));
      return { kind: 'healthcheck', ...source.base, command: healthCommand(rest), ...settings };
    default:
      throw unknownType(source, type);
  }
}

function healthCommand(source: Source): NonNullable<HealthcheckInstruction['command']> {
  const command = commandLine(source);
  if (command.form === 'exec' && command.args.length === 0) {
    throw failure('ARGUMENTS', 'HEALTHCHECK CMD has no command', placeOf(source));
  }
  return command;
}

function unknownType(source: Source, type: string): Error {
  const hint = suggestion(type, ['CMD', 'NONE'], 'write HEALTHCHECK CMD <command> or HEALTHCHECK NONE');
  return failure('HEALTHCHECK_TYPE', `unknown type "${type}" in HEALTHCHECK`, placeOf(source), hint);
}

function duration(flags: Flags, name: string): number | undefined {
  const flag = flags.word(name);
  if (flag === undefined || flag.text === '') return undefined;
  const ms = parsedDuration(flag.text);
  if (ms === undefined) {
    throw failure(
      'DURATION',
      `--${name}=${flag.text} is not a duration`,
      flag.place,
      'write it like 30s, 5m or 1h30m',
    );
  }
  if (ms !== 0 && ms < 1) throw failure('DURATION', `--${name} cannot be less than 1ms`, flag.place);
  return ms === 0 ? undefined : ms;
}

function parsedDuration(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch {
    return undefined; // The caller's message names the flag.
  }
}

function retries(flags: Flags): number | undefined {
  const flag = flags.word('retries');
  if (flag === undefined || flag.text === '') return undefined;
  const count = Number(flag.text);
  if (!/^[-+]?\d+$/.test(flag.text) || count > 0x7fffffff || count < 0) {
    throw failure('RETRIES', `--retries=${flag.text} is not a number from 0 on`, flag.place);
  }
  return count === 0 ? undefined : count;
}
