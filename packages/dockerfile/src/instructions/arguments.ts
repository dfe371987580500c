import { failure } from '../failure.ts';
import { placeOf, type Statement } from '../statement.ts';

/** The one argument that MAINTAINER, WORKDIR, USER and STOPSIGNAL take: all of the line. */
export function oneArgument(statement: Statement, example: string): string {
  if (statement.rest === '') throw missing(statement, 'exactly one argument', example);
  return statement.rest;
}

/** The error for an instruction that lacks arguments. */
export function missing(statement: Statement, needs: string, example: string): Error {
  const keyword = statement.keyword.toUpperCase();
  return failure(
    'ARGUMENTS',
    `${keyword} requires ${needs}`,
    placeOf(statement),
    `for example: ${keyword} ${example}`,
  );
}
