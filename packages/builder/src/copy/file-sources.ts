import type { BytePath } from './byte-path.ts';

interface Source {
  /** What a file's path begins with. */
  readonly prefix: string;
  /** Where in the target that begins which follows the prefix. */
  readonly cut: number;
}

/**
 * Where the files of a layer are read from. A file's path and its target mostly end alike, so that all files of one folder
 * have the same source: the beginning of their paths.
 */
export class FileSources {
  readonly #sources: Source[] = [];
  readonly #numbers = new Map<string, number>();
  #last = 0;

  /** The source's number, from 1. */
  add(target: BytePath, file: string): number {
    const last = this.#sources[this.#last - 1];
    if (last !== undefined && isFrom(last, target, file)) return this.#last;
    let common = 0;
    while (
      common < target.length &&
      common < file.length &&
      target.charCodeAt(target.length - 1 - common) === file.charCodeAt(file.length - 1 - common)
    )
      common += 1;
    const source = { prefix: file.slice(0, file.length - common), cut: target.length - common };
    const key = `${source.cut} ${source.prefix}`;
    const number = this.#numbers.get(key) ?? this.#sources.push(source);
    this.#numbers.set(key, number);
    this.#last = number;
    return number;
  }

  fileOf(number: number, target: BytePath): string {
    return join(this.#sources[number - 1]!, target);
  }
}

function isFrom({ prefix, cut }: Source, target: BytePath, file: string): boolean {
  const rest = target.length - cut;
  if (rest < 0 || file.length !== prefix.length + rest || !file.startsWith(prefix)) return false;
  for (let at = 1; at <= rest; at++) {
    if (file.charCodeAt(file.length - at) !== target.charCodeAt(target.length - at)) return false;
  }
  return true;
}

function join({ prefix, cut }: Source, target: BytePath): string {
  return prefix + target.slice(cut);
}
