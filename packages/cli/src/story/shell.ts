import { spawn } from 'node:child_process';
import { styleText } from 'node:util';
import { SlipwayError } from '@slipway/core';

export interface ShellOptions {
  /** Given to the command on its standard input. */
  readonly input?: string;
  /** Whether a failure is what the story expects. */
  readonly mayFail?: boolean;
}

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
}

/** Runs commands as a person at a terminal would: each is shown, then its real output, then what it led to. */
export class Shell {
  /** Where the commands run. */
  readonly folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #signal: AbortSignal;

  constructor(folder: string, env: Readonly<Record<string, string>>, signal: AbortSignal) {
    this.folder = folder;
    this.#env = { ...process.env, ...env };
    this.#signal = signal;
  }

  /** Runs a line of sh. Throws STORY_COMMAND_FAILED with the line. */
  async run(line: string, options: ShellOptions = {}): Promise<Ended> {
    process.stdout.write(`  ${styleText('bold', `$ ${line}`, { stream: process.stdout })}\n`);
    const ended = await this.#execute(line, options.input ?? '');
    this.#signal.throwIfAborted();
    if (ended.code === 0 || options.mayFail) return ended;
    throw new SlipwayError('failed', 'STORY_COMMAND_FAILED', `"${line}" ended with exit code ${ended.code}`);
  }

  #execute(line: string, input: string): Promise<Ended> {
    return new Promise((resolve, reject) => {
      const child = spawn('sh', ['-c', line], { cwd: this.folder, env: this.#env, signal: this.#signal });
      let stdout = '';
      const show = new IndentedLines();
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
        show.write(text);
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => show.write(text));
      child.once('error', (error) => {
        if (this.#signal.aborted) resolve({ code: null, stdout });
        else reject(error);
      });
      child.once('close', (code) => {
        show.end();
        resolve({ code, stdout });
      });
      child.stdin.on('error', () => {}); // a program may end without reading its input
      child.stdin.end(input);
    });
  }
}

/** Prints lines as they come, a little to the right. */
class IndentedLines {
  #rest = '';

  write(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) process.stdout.write(`    ${line}\n`);
  }

  end(): void {
    if (this.#rest !== '') process.stdout.write(`    ${this.#rest}\n`);
    this.#rest = '';
  }
}
