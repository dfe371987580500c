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
  return ms === undefined ? {} : { [name]: ms * 1_000_000 };
}

/** As Go's `%+v` prints docker's struct. */
function goStruct({ Test = [], Retries = 0, ...check }: Healthcheck): string {
  const times = (['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const).map(
    (name) => `${name}:${formatDuration((check[name] ?? 0) / 1_000_000)}`,
  );
  return `{Test:[${Test.join(' ')}] ${times.join(' ')} Retries:${Retries}}`;
}
