/** One problem of an object: what is wrong, at which field paths, and what the rule is. */
export interface FieldProblem {
  readonly message: string;
  readonly paths: readonly string[];
  readonly details?: string | undefined;
}

/**
 * Problems found in an object, printed as Knative's webhooks print them (`missing field(s): spec.steps`): same
 * message and details are merged, paths and lines sorted. A path that starts with `[` joins without a dot.
 */
export class FieldErrors {
  readonly problems: FieldProblem[] = [];

  get isEmpty(): boolean {
    return this.problems.length === 0;
  }

  add(message: string, paths: string | readonly string[], details?: string): this {
    this.problems.push({ message, paths: typeof paths === 'string' ? [paths] : paths, details });
    return this;
  }

  missing(...paths: string[]): this {
    return this.add('missing field(s)', paths);
  }

  gotBoth(...paths: string[]): this {
    return this.add('expected exactly one, got both', paths);
  }

  gotNeither(...paths: string[]): this {
    return this.add('expected exactly one, got neither', paths);
  }

  invalidValue(value: unknown, path: string, details?: string): this {
    return this.add(`invalid value: ${String(value)}`, path, details);
  }

  /** Takes over the problems of a part of the object, which stands at `prefix` (`spec`, `steps[0]`). */
  merge(prefix: string, part: FieldErrors): this {
    for (const { message, paths, details } of part.problems) {
      this.add(
        message,
        paths.map((path) => joinPath(prefix, path)),
        details,
      );
    }
    return this;
  }

  toString(): string {
    const merged = new Map<string, { message: string; details: string; paths: Set<string> }>();
    for (const { message, paths, details = '' } of this.problems) {
      const key = JSON.stringify([message, details]);
      const entry = merged.get(key) ?? { message, details, paths: new Set() };
      for (const path of paths) entry.paths.add(path);
      merged.set(key, entry);
    }
    const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
    return [...merged.values()]
      .sort((a, b) => byText(a.message, b.message) || byText(a.details, b.details))
      .map(({ message, details, paths }) => {
        const line = `${message}: ${[...paths].sort(byText).join(', ')}`;
        return details === '' ? line : `${line}\n${details}`;
      })
      .join('\n');
  }
}

function joinPath(prefix: string, path: string): string {
  if (prefix === '' || path === '') return prefix + path;
  return path.startsWith('[') ? prefix + path : `${prefix}.${path}`;
}
