import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { SlipwayError } from '@slipway/core';
import { missingProgram } from './execute.ts';

export interface ShellResult {
  /** 128 + n when signal n ended the program. */
  readonly exitCode: number;
  /** What it wrote to standard output and standard error. */
  readonly output: string;
}

const NOT_FOUND = 127;

/** The ends of pipes are sockets, which need not keep this process alive. */
type Child = ChildProcessByStdio<Socket, Socket, null>;
type Question = PromiseWithResolvers<ShellResult>;

/**
 * Runs short programs, one after the other, from a shell that waits for them. To start a program from Node takes 2 ms of
 * processor time, as the memory of a large process is described to the new one; from a shell it takes a fraction. The
 * shell ends with this process.
 */
export class Shell {
  readonly #env: NodeJS.ProcessEnv;
  #running: RunningShell | undefined;

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
  }

  /** Throws PROGRAM_MISSING, and SHELL_ENDED where somebody kills the shell. */
  async run(argv: readonly string[], { cwd = '/' }: { readonly cwd?: string } = {}): Promise<ShellResult> {
    if (this.#running === undefined || this.#running.hasEnded) this.#running = new RunningShell(this.#env);
    const result = await this.#running.run(argv, cwd);
    if (result.exitCode === NOT_FOUND) throw missingProgram(argv[0]!);
    return result;
  }
}

class RunningShell {
  hasEnded = false;
  readonly #child: Child;
  /** What the shell writes between the output of a program and its exit code: no file name that is in the output can hold it. */
  readonly #mark = randomUUID();
  /** Asked and not answered yet, in their order. */
  readonly #questions: Question[] = [];
  #output = '';

  constructor(env: NodeJS.ProcessEnv) {
    this.#child = spawn('sh', [], { stdio: ['pipe', 'pipe', 'ignore'], env, cwd: '/' }) as Child;
    const { stdin, stdout } = this.#child;
    stdin.on('error', () => {}); // A shell that is gone shows as its end.
    stdout.setEncoding('utf8').on('data', (text: string) => this.#receive(text));
    const end = (cause?: Error): void => this.#end(cause);
    this.#child.once('error', end).once('exit', () => end());
    this.#hold(false);
  }

  async run(argv: readonly string[], cwd: string): Promise<ShellResult> {
    const question: Question = Promise.withResolvers();
    this.#questions.push(question);
    this.#hold(true);
    const command = `cd ${quoted(cwd)} && exec ${argv.map(quoted).join(' ')}`;
    this.#child.stdin.write(`(${command}) </dev/null 2>&1; printf '${this.#mark}%d\\n' "$?"\n`);
    return await question.promise;
  }

  #receive(text: string): void {
    this.#output += text;
    for (;;) {
      const [output, rest] = splitOnce(this.#output, this.#mark);
      const [code, more] = splitOnce(rest ?? '', '\n');
      if (more === undefined) return;
      this.#output = more;
      this.#questions.shift()?.resolve({ exitCode: Number(code), output });
      this.#hold(this.#questions.length > 0);
    }
  }

  #end(cause: Error | undefined): void {
    this.hasEnded = true;
    const error = new SlipwayError('failed', 'SHELL_ENDED', 'the shell that starts programs has ended', {
      cause,
    });
    for (const question of this.#questions.splice(0)) question.reject(error);
  }

  /** Whether this process has to wait for the shell before it ends. */
  #hold(holds: boolean): void {
    const { stdin, stdout } = this.#child;
    for (const handle of [this.#child, stdin, stdout]) holds ? handle.ref() : handle.unref();
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function splitOnce(text: string, separator: string): [before: string, after: string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
