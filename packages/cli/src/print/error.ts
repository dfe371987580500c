import { styleText } from 'node:util';
import { formatExcerpt, formatPlace, type SlipwayError } from '@slipway/core';

/**
 * A failure for a person, on standard error:
 *
 *     error: Dockerfile:3:1: unknown instruction "RUNN" (DOCKERFILE_UNKNOWN_INSTRUCTION)
 *     3 | RUNN make
 *       | ^
 *     hint: did you mean RUN?
 */
export function printError(error: SlipwayError, stream: NodeJS.WriteStream = process.stderr): void {
  const color = (style: 'red' | 'cyan', text: string): string => styleText(style, text, { stream });
  const place = error.place === undefined ? '' : formatPlace(error.place);
  const where = place === '' || error.message.includes(place) ? '' : `${place}: `;
  const lines = [`${color('red', 'error:')} ${where}${error.message} (${error.code})`];
  const excerpt = error.place === undefined ? '' : formatExcerpt(error.place);
  if (excerpt !== '' && !error.message.includes(excerpt)) lines.push(excerpt);
  if (error.hint !== undefined) lines.push(`${color('cyan', 'hint:')} ${error.hint}`);
  if (error.kind === 'internal' && error.cause instanceof Error && error.cause.stack)
    lines.push(error.cause.stack);
  stream.write(`${lines.join('\n')}\n`);
}

/** The same failure for a program: one JSON object. */
export function errorJson(error: SlipwayError): object {
  const { code, kind, message, place, hint } = error;
  return { error: { code, kind, message, ...(place && { place }), ...(hint && { hint }) } };
}
