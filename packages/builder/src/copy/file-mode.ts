import { SlipwayError } from '@slipway/core';

/** `--chmod`: an octal mode, or clauses as chmod(1) takes them. */
export type FileMode =
  | { readonly octal: number }
  | {
      readonly clauses: readonly { readonly who: string; readonly operator: string; readonly what: string }[];
    };

const SHIFTS: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };
const BITS: Readonly<Record<string, number>> = { r: 4, w: 2, x: 1 };

/** Parses `755`, `0644`, `u=rwX,go=rX`. Throws COPY_CHMOD. */
export function parseFileMode(text: string): FileMode {
  if (/^[0-7]{1,5}$/.test(text)) return { octal: Number.parseInt(text, 8) & 0o7777 };
  const clauses = text.split(',').map((clause) => {
    const match = /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(clause);
    if (!match) {
      throw new SlipwayError('invalid', 'COPY_CHMOD', `"${text}" is not a file mode`, {
        hint: 'write it like 0755 or u=rwX,go=rX',
      });
    }
    return {
      who: match[1] === '' || match[1]!.includes('a') ? 'ugo' : match[1]!,
      operator: match[2]!,
      what: match[3]!,
    };
  });
  return { clauses };
}

/** The permission bits that a file of `mode` gets. */
export function modeOf(wanted: FileMode, mode: number, folder: boolean): number {
  if ('octal' in wanted) return wanted.octal;
  let result = mode;
  for (const { who, operator, what } of wanted.clauses) {
    const executable = folder || (result & 0o111) !== 0;
    for (const class_ of who) {
      const shift = SHIFTS[class_]!;
      let bits = 0;
      for (const letter of what)
        bits |= (letter === 'X' ? (executable ? 1 : 0) : (BITS[letter] ?? 0)) << shift;
      if (what.includes('s') && class_ !== 'o') bits |= class_ === 'u' ? 0o4000 : 0o2000;
      if (what.includes('t')) bits |= 0o1000;
      if (operator === '=') result = (result & ~(7 << shift)) | bits;
      else result = operator === '+' ? result | bits : result & ~bits;
    }
  }
  return result;
}
