import { failure } from './failure.ts';
import { placeOf, type Statement } from './statement.ts';

/**
 * The arguments as a JSON array of strings, undefined where they are something else: docker takes what does not parse as
 * JSON for a shell line. An array that holds anything but strings is an error.
 */
export function jsonArray(statement: Statement): string[] | undefined {
  if (!statement.rest.startsWith('[')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(statement.rest);
  } catch {
    return undefined; // Docker's rule: not JSON, hence shell form; the linter warns.
  }
  if (!Array.isArray(value)) return undefined;
  for (const element of value) {
    if (typeof element !== 'string') {
      throw failure(
        'JSON_ARRAY',
        `${statement.keyword.toUpperCase()} has ${JSON.stringify(element)} in its JSON array, where only strings are allowed`,
        placeOf(statement),
        'put it in double quotes',
      );
    }
  }
  return value as string[];
}
