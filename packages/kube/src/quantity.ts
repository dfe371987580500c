import { SlipwayError } from '@slipway/core';

const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

/** Whether the value is a quantity as Kubernetes takes it: a number, or text like `500m`, `1.5Gi`, `1e3`. */
export function isQuantity(value: unknown): value is string | number {
  return typeof value === 'number' || (typeof value === 'string' && QUANTITY.test(value));
}

/** The number that a quantity stands for: cores of cpu, bytes of memory. Throws INVALID_QUANTITY. */
export function parseQuantity(value: string | number): number {
  if (typeof value === 'number') return value;
  const match = QUANTITY.exec(value);
  if (!match) {
    throw new SlipwayError('invalid', 'INVALID_QUANTITY', `"${value}" is not a quantity`, {
      hint: 'write it like 500m, 2, 64Mi or 1.5Gi',
    });
  }
  const [, digits, exponent = '', suffix = ''] = match;
  return Number(`${digits}${exponent}`) * SUFFIXES[suffix]!;
}
