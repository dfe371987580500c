import type { Place } from '@slipway/core';
import { failure, suggestion } from './failure.ts';

/** Linux' signals without SIG, as docker knows them. */
const NAMES: readonly string[] = [
  ...['ABRT', 'ALRM', 'BUS', 'CHLD', 'CLD', 'CONT', 'FPE', 'HUP', 'ILL', 'INT', 'IO', 'IOT', 'KILL', 'PIPE'],
  ...['POLL', 'PROF', 'PWR', 'QUIT', 'SEGV', 'STKFLT', 'STOP', 'SYS', 'TERM', 'TRAP', 'TSTP', 'TTIN', 'TTOU'],
  ...['URG', 'USR1', 'USR2', 'VTALRM', 'WINCH', 'XCPU', 'XFSZ', 'RTMIN', 'RTMAX'],
  ...Array.from({ length: 15 }, (_, index) => `RTMIN+${index + 1}`),
  ...Array.from({ length: 14 }, (_, index) => `RTMAX-${index + 1}`),
];

/** Throws DOCKERFILE_SIGNAL where STOPSIGNAL's argument, its variables expanded, is no signal: neither `SIGTERM`, `term` nor a number but 0. */
export function requireSignal(signal: string, place: Place): void {
  const name = signal.toUpperCase().replace(/^SIG/, '');
  if (/^[-+]?\d+$/.test(signal) ? Number(signal) !== 0 : NAMES.includes(name)) return;
  const near = suggestion(name, NAMES, 'for example: STOPSIGNAL SIGTERM')?.replace(
    'did you mean ',
    'did you mean SIG',
  );
  throw failure('SIGNAL', `"${signal}" is no signal`, place, near);
}
