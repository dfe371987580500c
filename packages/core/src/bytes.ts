const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** A size for people, in decimal units as docker prints it: `0 B`, `33.6 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${UNITS[unit]}`;
}
