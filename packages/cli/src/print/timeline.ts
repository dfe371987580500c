import { styleText } from 'node:util';

/** The parts of a longer job, each with its title and the time it took. */
export class Timeline {
  readonly #parts: { title: string; ms: number }[] = [];
  readonly #stream: NodeJS.WriteStream;
  readonly #count: number;

  constructor(count: number, stream: NodeJS.WriteStream = process.stdout) {
    this.#count = count;
    this.#stream = stream;
  }

  /** Runs one part under its title; its time is kept also when it fails. */
  async part<T>(title: string, action: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const heading = `${this.#parts.length + 1}/${this.#count} ${title}`;
    this.#stream.write(`\n${styleText('bold', heading, { stream: this.#stream })}\n`);
    try {
      return await action();
    } finally {
      this.#parts.push({ title, ms: performance.now() - started });
    }
  }

  /** The table of all parts. */
  summary(): string {
    const rows = this.#parts.map(
      ({ title, ms }) => `  ${title.padEnd(44)}${(ms / 1000).toFixed(2).padStart(8)} s`,
    );
    const total = this.#parts.reduce((sum, { ms }) => sum + ms, 0);
    return [...rows, `  ${'total'.padEnd(44)}${(total / 1000).toFixed(2).padStart(8)} s`].join('\n');
  }
}
