import { formatDuration } from '@slipway/core';
import type { Healthcheck } from '@slipway/oci';
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
  return ms === undefined ? {} : { [name]: Math.round(ms * 1_000_000) };
}

/** As Go prints nanoseconds: `1h0m3.000000005s`, `1.5ms`, `0s`. */
function goDuration(ns: number): string {
  const fraction = ns % 1_000_000_000;
  if (ns < 1_000_000_000 || fraction % 1_000_000 === 0) return formatDuration(ns / 1_000_000);
  const whole = formatDuration((ns - fraction) / 1_000_000).slice(0, -1);
  return `${whole}.${String(fraction).padStart(9, '0').replace(/0+$/, '')}s`;
}

/** As Go's `%+v` prints docker's struct. */
function goStruct({ Test = [], Retries = 0, ...check }: Healthcheck): string {
  const times = (['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const).map(
    (name) => `${name}:${goDuration(check[name] ?? 0)}`,
  );
  return `{Test:[${Test.join(' ')}] ${times.join(' ')} Retries:${Retries}}`;
}
