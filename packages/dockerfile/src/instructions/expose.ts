import { readFlags } from '../flags.ts';
import type { ExposeInstruction } from '../instruction.ts';
import type { Source } from '../statement.ts';
import { plainWords } from '../words.ts';
import { missing } from './arguments.ts';

/** `EXPOSE <port>[/<protocol>]…`. */
export function parseExpose(source: Source): ExposeInstruction {
  readFlags(source, {});
  const ports = plainWords(source);
  if (ports.length === 0) throw missing(source, 'at least one argument', '8080/tcp');
  return { kind: 'expose', ...source.base, ports };
}
