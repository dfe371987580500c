import { formatDuration } from '@slipway/core';
import type { Healthcheck } from '@slipway/oci';
import { goQuotedList } from '../image/command-args.ts';
import { recordEmpty, withDefaults } from '../image/stage-state.ts';
import type { InstructionOf, MetadataHandler } from './instruction-handler.ts';

/** HEALTHCHECK: kept in the image as docker keeps it, times in nanoseconds. */
export const applyHealthcheck: MetadataHandler<'healthcheck'> = (state, instruction, { created }) => {
  const check = healthcheck(instruction);
  return recordEmpty(withDefaults(state, { Healthcheck: check }), `HEALTHCHECK ${goStruct(check)}`, created);
};

function healthcheck(instruction: InstructionOf<'healthcheck'>): Healthcheck {
  const { command, intervalMs, timeoutMs, startPeriodMs, startIntervalMs, retries } = instruction;
  if (command === undefined) return { Test: ['NONE'] };
  const test = command.form === 'exec' ? ['CMD', ...command.args] : ['CMD-SHELL', command.line];
  return {
    Test: test,
    ...nanoseconds('Interval', intervalMs),
    ...nanoseconds('Timeout', timeoutMs),
    ...nanoseconds('StartPeriod', startPeriodMs),
    ...nanoseconds('StartInterval', startIntervalMs),
    ...(retries === undefined ? {} : { Retries: retries }),
  };
}

function nanoseconds(name: string, ms: number | undefined): Record<string, number> {
  return ms === undefined ? {} : { [name]: ms * 1_000_000 };
}

/** As Go's `%q` prints docker's struct. */
function goStruct(check: Healthcheck): string {
  const times = [check.Interval, check.Timeout, check.StartPeriod, check.StartInterval];
  const texts = times.map((ns) => `"${formatDuration((ns ?? 0) / 1_000_000)}"`);
  const retries = goRune(check.Retries ?? 0);
  return `&{${[goQuotedList(check.Test ?? []), ...texts, retries].join(' ')}}`;
}

const RUNE_ESCAPES = ['\\a', '\\b', '\\t', '\\n', '\\v', '\\f', '\\r'];

/** A number as Go's `%q` prints it, which takes it for a character. */
function goRune(code: number): string {
  const short = RUNE_ESCAPES[code - 7];
  if (short !== undefined) return `'${short}'`;
  if (code === 0x27 || code === 0x5c) return `'\\${String.fromCharCode(code)}'`;
  if (code >= 0x20 && code < 0x7f) return `'${String.fromCharCode(code)}'`;
  return `'\\x${code.toString(16).padStart(2, '0')}'`;
}
