export type LogFields = Readonly<Record<string, unknown>>;

/** Structured logging; what a message is about goes into the fields. Never pass a secret. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  with(fields: LogFields): Logger;
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LEVELS)[number];

/** Writes one JSON line a message at or above `level` through `write`. */
export function jsonLogger(
  write: (line: string) => void,
  level: LogLevel = 'info',
  fields: LogFields = {},
): Logger {
  const at = (own: LogLevel) => (message: string, more?: LogFields) => {
    if (LEVELS.indexOf(own) < LEVELS.indexOf(level)) return;
    write(`${JSON.stringify({ time: new Date().toISOString(), level: own, message, ...fields, ...more })}\n`);
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (more) => jsonLogger(write, level, { ...fields, ...more }),
  };
}

export const silentLogger: Logger = jsonLogger(() => {}, 'error');
