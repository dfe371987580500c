const POWERS = 'bkmgtp';

/** Bytes of `64m`, `1.5GiB`, `512`: binary units, as docker reads sizes (go-units RAMInBytes). Undefined where it is no size. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?(?:([kmgtp])?i?b?)$/i.exec(text);
  if (!match) return undefined;
  const power = match[2] === undefined ? 0 : POWERS.indexOf(match[2].toLowerCase());
  return Math.trunc(Number(match[1]) * 1024 ** power);
}
