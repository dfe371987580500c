import { isObject } from '../json/value.ts';
import type { FieldsV1 } from '../objects/metadata.ts';
import { StatusError } from '../status-error.ts';

/** Deeper than any object of the API; a bound against hostile managedFields. */
const MAX_DEPTH = 64;

/**
 * A set of field paths, as a tree. A step of a path is `f:name`, `k:{"name":"x"}` (an element by its keys) or `v:1` (an
 * element of a set by its value).
 */
export class FieldSet {
  /** Whether the path that leads here is in the set. */
  member = false;
  readonly children: Map<string, FieldSet> = new Map();

  /** The set of one `fieldsV1`. Throws BadRequest for what is none. */
  static parse(fields: unknown, depth = 0): FieldSet {
    if (!isObject(fields) || depth > MAX_DEPTH)
      throw StatusError.badRequest('metadata.managedFields: bad fieldsV1');
    const set = new FieldSet();
    const steps = Object.entries(fields);
    set.member = depth > 0 && (steps.length === 0 || Object.hasOwn(fields, '.'));
    for (const [step, below] of steps) {
      if (step !== '.') set.children.set(step, FieldSet.parse(below, depth + 1));
    }
    return set;
  }

  get empty(): boolean {
    return !this.member && this.children.size === 0;
  }

  /** The set below a step, made when missing. */
  child(step: string): FieldSet {
    let set = this.children.get(step);
    if (!set) {
      set = new FieldSet();
      this.children.set(step, set);
    }
    return set;
  }

  /** Drops a child that has become empty. */
  trim(step: string): void {
    if (this.children.get(step)?.empty) this.children.delete(step);
  }

  union(other: FieldSet | undefined): FieldSet {
    return combine(this, other, (mine, theirs) => mine || theirs);
  }

  difference(other: FieldSet | undefined): FieldSet {
    return combine(this, other, (mine, theirs) => mine && !theirs);
  }

  intersection(other: FieldSet | undefined): FieldSet {
    return combine(this, other, (mine, theirs) => mine && theirs);
  }

  equals(other: FieldSet): boolean {
    return this.difference(other).empty && other.difference(this).empty;
  }

  /** Every path in the set, as a list of steps. */
  *paths(): Generator<string[]> {
    if (this.member) yield [];
    for (const [step, below] of this.children) {
      for (const rest of below.paths()) yield [step, ...rest];
    }
  }

  toFieldsV1(): FieldsV1 {
    const fields: FieldsV1 = {};
    if (this.member && this.children.size > 0) fields['.'] = {};
    for (const step of [...this.children.keys()].sort()) fields[step] = this.children.get(step)!.toFieldsV1();
    return fields;
  }
}

function combine(
  one: FieldSet | undefined,
  other: FieldSet | undefined,
  rule: (mine: boolean, theirs: boolean) => boolean,
): FieldSet {
  const result = new FieldSet();
  result.member = rule(one?.member ?? false, other?.member ?? false);
  for (const step of new Set([...(one?.children.keys() ?? []), ...(other?.children.keys() ?? [])])) {
    const below = combine(one?.children.get(step), other?.children.get(step), rule);
    if (!below.empty) result.children.set(step, below);
  }
  return result;
}

/** `.spec.containers[name="x"].image`: a path as conflicts show it. */
export function formatFieldPath(path: readonly string[]): string {
  return path
    .map((step) => {
      const rest = step.slice(2);
      if (step.startsWith('f:')) return `.${rest}`;
      if (step.startsWith('v:')) return `[=${rest}]`;
      if (!step.startsWith('k:')) return `[${rest}]`;
      const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>);
      return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');
}
