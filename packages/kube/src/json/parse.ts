import { fieldPath } from '../field-error.ts';
import { StatusError } from '../status-error.ts';

/** Deeper than any object of the API, and shallow enough for every function that walks objects. */
const MAX_DEPTH = 500;

/** A parsed text and the paths of the members that an object in it has twice; of those the last counts. */
export interface ParsedBody {
  readonly value: unknown;
  readonly duplicates: string[];
}

/** JSON of a request's body. Throws BadRequest for a syntax error and for nesting beyond 500 levels. */
export function parseJson(text: string): ParsedBody {
  const value = parseText(text);
  return { value, duplicates: duplicateMembers(text) };
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw StatusError.badRequest(`the body of the request is not JSON: ${why}`, cause);
  }
}

/** What the scanner knows of an object (`keys`) or list (`index`) that it is in. */
interface Level {
  readonly keys?: Set<string>;
  index: number;
  /** The member or element that the scanner is at. */
  at: string | number;
}

/** Strings, brackets and commas are all that matters in a text that is known to be JSON. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

function duplicateMembers(text: string): string[] {
  const duplicates: string[] = [];
  const levels: Level[] = [];
  let keyNext = false;
  for (const [token] of text.matchAll(TOKEN)) {
    const level = levels.at(-1);
    if (token === '{' || token === '[') {
      if (levels.length >= MAX_DEPTH) throw tooDeep();
      levels.push(token === '{' ? { keys: new Set(), index: 0, at: '' } : { index: 0, at: 0 });
      keyNext = token === '{';
    } else if (token === '}' || token === ']') {
      levels.pop();
      keyNext = false;
    } else if (token === ',') {
      keyNext = level?.keys !== undefined;
      if (level && !level.keys) level.at = ++level.index;
    } else if (keyNext && level?.keys) {
      level.at = JSON.parse(token) as string;
      if (level.keys.has(level.at)) duplicates.push(pathOf(levels));
      level.keys.add(level.at);
      keyNext = false;
    }
  }
  return duplicates;
}

function pathOf(levels: readonly Level[]): string {
  return levels.reduce((path, { at }) => fieldPath(path, at), '');
}

function tooDeep(): StatusError {
  return StatusError.badRequest(`the body of the request is nested deeper than ${MAX_DEPTH} levels`);
}

/** Whether a value that did not come from JSON text is nested no deeper than `parseJson` allows. */
export function isShallow(value: unknown, left: number = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return left > 0 && Object.values(value).every((member) => isShallow(member, left - 1));
}
