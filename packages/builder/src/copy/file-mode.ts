import { SlipwayError } from '@slipway/core';

/** `--chmod`: an octal mode, or clauses as chmod(1) takes them. */
export type FileMode =
  | { readonly octal: number }
  | {
      readonly clauses: readonly { readonly who: string; readonly operator: string; readonly what: string }[];
    };

const SHIFTS: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };
const BITS: Readonly<Record<string, number>> = { r: 4, w: 2, x: 1 };

/** Parses `755`, `0644`, `u=rwX,go=rX`, `g=u`, `u+r-w`. Throws COPY_CHMOD. */
export function parseFileMode(text: string): FileMode {
  if (/^[0-7]+$/.test(text)) {
    const octal = Number.parseInt(text, 8);
    if (octal <= 0o7777) return { octal };
    throw invalid(text);
  }
  const clauses = text.split(',').flatMap((clause) => {
    const match = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(clause);
    if (!match) throw invalid(text);
    const who = match[1] === '' || match[1]!.includes('a') ? 'ugo' : match[1]!;
    return [...match[2]!.matchAll(/([-+=])(\w*)/g)].map(([, operator, what]) => ({
      who,
      operator: operator!,
      what: what!,
    }));
  });
  return { clauses };
}

function invalid(text: string): SlipwayError {
  return new SlipwayError('invalid', 'COPY_CHMOD', `"${text}" is not a file mode`, {
    hint: 'write it like 0755 or u=rwX,go=rX',
  });
}

/** The permission bits that a file of `mode` gets. */
export function modeOf(wanted: FileMode, mode: number, folder: boolean): number {
  if ('octal' in wanted) return wanted.octal;
  let result = mode;
  for (const { who, operator, what } of wanted.clauses) {
    const before = result;
    for (const class_ of who) {
      const shift = SHIFTS[class_]!;
      const bits = bitsFor(class_, what, before, folder);
      if (operator === '=') result = (result & ~(7 << shift)) | bits;
      else result = operator === '+' ? result | bits : result & ~bits;
    }
  }
  return result;
}

/** What a clause says for one class of users; `u`, `g` and `o` as a permission copy that class. */
function bitsFor(class_: string, what: string, mode: number, folder: boolean): number {
  const shift = SHIFTS[class_]!;
  const copied = SHIFTS[what];
  if (copied !== undefined) return ((mode >> copied) & 7) << shift;
  const executable = folder || (mode & 0o111) !== 0;
  let bits = 0;
  for (const letter of what) bits |= (letter === 'X' ? (executable ? 1 : 0) : (BITS[letter] ?? 0)) << shift;
  if (what.includes('s') && class_ !== 'o') bits |= class_ === 'u' ? 0o4000 : 0o2000;
  return what.includes('t') ? bits | 0o1000 : bits;
}
