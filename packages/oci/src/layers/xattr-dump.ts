import type { BytePath } from './byte-path.ts';

/** Reads the dump format of getfattr (`# file: path`, `name=0sBASE64`, an empty line), fed in pieces of byte strings. */
export class XattrDumpParser {
  readonly #wanted: (name: string) => boolean;
  readonly #table = new Map<BytePath, Map<string, Buffer>>();
  #rest = '';
  #path: BytePath = '';

  constructor(wanted: (name: string) => boolean) {
    this.#wanted = wanted;
  }

  feed(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  finish(): Map<BytePath, Map<string, Buffer>> {
    this.#line(this.#rest);
    return this.#table;
  }

  #line(line: string): void {
    if (line.startsWith('# file: ')) this.#path = unquote(line.slice('# file: '.length));
    else if (line !== '') this.#attribute(line);
  }

  #attribute(line: string): void {
    const equals = line.indexOf('=');
    const name = unquote(equals < 0 ? line : line.slice(0, equals));
    if (!this.#wanted(name)) return;
    const attributes = this.#table.get(this.#path) ?? new Map<string, Buffer>();
    attributes.set(name, Buffer.from(equals < 0 ? '' : line.slice(equals + '=0s'.length), 'base64'));
    this.#table.set(this.#path, attributes);
  }
}

function unquote(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}
