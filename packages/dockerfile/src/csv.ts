import { failure } from './failure.ts';
import type { Word } from './instruction.ts';

/** The fields of one CSV record (RFC 4180), as `--mount` and `--device` are written. */
export function csvFields({ text, place }: Word): string[] {
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  do {
    const match = field.exec(text);
    if (!match) throw failure('CSV', `"${text}" has a quote in the wrong place`, place);
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    if (match[3] === '') return fields;
  } while (field.lastIndex <= text.length);
  return fields;
}
