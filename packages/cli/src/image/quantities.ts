import { parseDuration } from '@slipway/core';
import { InvalidArgumentError } from 'commander';

const DAY_MS = 24 * 3600 * 1000;
const UNITS: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4 };

/** Milliseconds of `7d`, or of a duration as `12h` or `90m`. */
export function parseAge(text: string): number {
  const days = /^(\d+(?:\.\d+)?)d$/.exec(text)?.[1];
  if (days !== undefined) return Number(days) * DAY_MS;
  const mistake = new InvalidArgumentError('write it like 7d, 12h or 90m');
  if (/^[-+]/.test(text)) throw mistake;
  try {
    return parseDuration(text);
  } catch {
    throw mistake;
  }
}

/** Bytes of `5GB` (decimal, as docker prints sizes), `5GiB` or `500000`. */
export function parseSize(text: string): number {
  const [, value, unit, binary] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?$/i.exec(text) ?? [];
  if (value === undefined || (binary && !unit)) throw new InvalidArgumentError('write it like 5GB or 500MB');
  return Math.round(Number(value) * (binary ? 1024 : 1000) ** UNITS[unit!.toLowerCase()]!);
}
