import { flagError } from './parse-flags.ts';

/** The levels of logrus, which kaniko logs with, the most important first. */
const LEVELS = ['panic', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
type LogLevel = (typeof LEVELS)[number];

/** The colours that logrus gives its levels. */
const COLORS: Readonly<Record<LogLevel, number>> = {
  panic: 31,
  fatal: 31,
  error: 31,
  warn: 33,
  info: 36,
  debug: 37,
  trace: 37,
};

interface LogOptions {
  /** `--verbosity` */
  readonly level: string;
  /** `--log-format`: text, color or json. */
  readonly format: string;
  /** `--log-timestamp` */
  readonly timestamp: boolean;
  readonly write: (line: string) => void;
  readonly now?: () => number;
}

/** Writes the log in the format that kaniko's users know: `INFO[0003] RUN make`, logfmt or JSON. */
export class KanikoLog {
  readonly #options: LogOptions;
  readonly #least: number;
  readonly #started: number;

  /** Throws KANIKO_FLAG for a level or a format that there is not. */
  constructor(options: LogOptions) {
    const named = options.level.toLowerCase();
    const level = named === 'warning' ? 'warn' : named;
    this.#least = LEVELS.indexOf(level as LogLevel);
    if (this.#least < 0) throw flagError(`parsing log level: not a valid logrus Level: "${options.level}"`);
    if (!['text', 'color', 'json'].includes(options.format)) {
      throw flagError(
        `not a valid log format: "${options.format}". Please specify one of (text, color, json)`,
      );
    }
    this.#options = options;
    this.#started = this.#now();
  }

  info(message: string): void {
    this.#log('info', message);
  }

  warn(message: string): void {
    this.#log('warn', message);
  }

  debug(message: string): void {
    this.#log('debug', message);
  }

  error(message: string): void {
    this.#log('error', message);
  }

  #log(level: LogLevel, message: string): void {
    if (LEVELS.indexOf(level) > this.#least) return;
    this.#options.write(`${this.#line(level, message)}\n`);
  }

  #line(level: LogLevel, message: string): string {
    const { format, timestamp } = this.#options;
    const time = new Date(this.#now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const name = level === 'warn' ? 'warning' : level;
    if (format === 'json') return JSON.stringify({ level: name, msg: message, time });
    if (format === 'text') return `time="${time}" level=${name} msg=${logfmt(message)}`;
    const seconds = String(Math.floor((this.#now() - this.#started) / 1000)).padStart(4, '0');
    const label = level.toUpperCase().slice(0, 4);
    return `\x1b[${COLORS[level]}m${label}\x1b[0m[${timestamp ? time : seconds}] ${message}`;
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

/** A value as logrus writes it: quoted where it has more than plain characters. */
function logfmt(value: string): string {
  return /^[\w./@^+-]+$/.test(value) ? value : JSON.stringify(value);
}
