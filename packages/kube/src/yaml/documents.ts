import { type Place, SlipwayError } from '@slipway/core';
import { type Document, LineCounter, type Node, parseAllDocuments } from 'yaml';
import { isShallow } from '../json/parse.ts';
import { kubernetesYaml } from './flavour.ts';

/** A document of a YAML text: its value, the tree with the positions, and how to turn those into places. */
export interface YamlDocument {
  readonly value: unknown;
  readonly root: Node | null;
  readonly tree: Document.Parsed;
  /** The line and column of an offset in the text. */
  placeAt(offset: number): Place;
}

/** The documents of a text. Throws YAML_SYNTAX with the place. */
export function parseDocuments(text: string, file: string): YamlDocument[] {
  const counter = new LineCounter();
  const lines = text.split('\n');
  const placeAt = (offset: number): Place => placeOf(offset, file, lines, counter);
  const options = { ...kubernetesYaml, lineCounter: counter, prettyErrors: false };
  const documents = attempt(() => parseAllDocuments(text, options), placeAt(0));
  return Array.from(documents, (document) => readDocument(document, placeAt));
}

function readDocument(document: Document.Parsed, placeAt: YamlDocument['placeAt']): YamlDocument {
  const [error] = document.errors;
  if (error) throw syntaxError(error.message, placeAt(error.pos[0]));
  const start = placeAt(document.contents?.range?.[0] ?? 0);
  // Fails for an alias without its anchor, and for more aliases than a real file has: an expansion attack.
  const value: unknown = attempt(() => document.toJS(), start);
  if (!isShallow(value)) throw syntaxError('it is nested too deeply', start);
  return { value, root: document.contents, tree: document, placeAt };
}

function attempt<T>(parse: () => T, place: Place): T {
  try {
    return parse();
  } catch (cause) {
    const deep = cause instanceof RangeError;
    const why = deep ? 'it is nested too deeply' : cause instanceof Error ? cause.message : String(cause);
    throw syntaxError(why, place, cause);
  }
}

function syntaxError(why: string, place: Place, cause?: unknown): SlipwayError {
  return new SlipwayError('invalid', 'YAML_SYNTAX', `YAML syntax: ${why}`, { place, cause });
}

function placeOf(offset: number, file: string, lines: readonly string[], counter: LineCounter): Place {
  const { line, col } = counter.linePos(offset);
  // An empty text has no positions.
  const at = Math.max(1, line);
  return { file, line: at, column: Math.max(1, col), text: (lines[at - 1] ?? '').replace(/\r$/, '') };
}
