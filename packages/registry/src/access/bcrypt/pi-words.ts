/**
 * The first `count` 32-bit words of the fraction of π, which are Blowfish's initial state (Schneier 1993): computed by
 * Machin's formula, π = 16·arctan(1/5) − 4·arctan(1/239), instead of a thousand constants that nobody can review.
 */
export function piWords(count: number): Uint32Array {
  const guard = 64n;
  const bits = BigInt(count) * 32n;
  const one = 1n << (bits + guard);
  const pi = 16n * arctanInverse(5n, one) - 4n * arctanInverse(239n, one);
  let fraction = (pi >> guard) & ((1n << bits) - 1n);
  const words = new Uint32Array(count);
  for (let index = count - 1; index >= 0; index--) {
    words[index] = Number(fraction & 0xffffffffn);
    fraction >>= 32n;
  }
  return words;
}

/** arctan(1/x) in units of 1/one, by its power series. */
function arctanInverse(x: bigint, one: bigint): bigint {
  const square = x * x;
  let power = one / x;
  let sum = power;
  for (let n = 3n, sign = -1n; power !== 0n; n += 2n, sign = -sign) {
    power /= square;
    sum += (sign * power) / n;
  }
  return sum;
}
