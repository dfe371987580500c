/** One line of a log in the Kubernetes (CRI) format. */
export interface LogLine {
  /** RFC 3339 with nanoseconds, as written. */
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  /** Without the newline that the container may have written; `isPartial` lines have none. */
  readonly text: Buffer;
  readonly isPartial: boolean;
}

const SPACE = 0x20;

/** Reads `<time> <stdout|stderr> <F|P> <text>`; undefined for a line that is none, such as one cut off by a full disk. */
export function parseLogLine(line: Buffer): LogLine | undefined {
  const first = line.indexOf(SPACE);
  const second = line.indexOf(SPACE, first + 1);
  if (first < 0 || second < 0) return undefined;
  const stream = line.toString('latin1', first + 1, second);
  const tag = line.toString('latin1', second + 1, second + 2);
  if ((stream !== 'stdout' && stream !== 'stderr') || (tag !== 'F' && tag !== 'P')) return undefined;
  const time = line.toString('latin1', 0, first);
  return { time, stream, text: line.subarray(second + 3), isPartial: tag === 'P' };
}

/** A line in the same format, for what the runner itself has to say in a container's log. */
export function formatLogLine(time: Date, stream: LogLine['stream'], text: string): string {
  return `${time.toISOString().replace('Z', '000000+00:00')} ${stream} F ${text}\n`;
}
