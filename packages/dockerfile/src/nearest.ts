/** The option nearest to `word` by Levenshtein distance, at most 2 away, case ignored; undefined where none is. */
export function nearest(word: string, options: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = 3;
  for (const option of options) {
    const steps = distance(word.toLowerCase(), option.toLowerCase());
    if (steps > 0 && steps < least) {
      best = option;
      least = steps;
    }
  }
  return best;
}

function distance(a: string, b: string): number {
  // Two words that differ in length by three are never within two steps; this also bounds hostile input.
  if (Math.abs(a.length - b.length) > 2) return 3;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replace = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replace, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
