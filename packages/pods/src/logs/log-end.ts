import { open } from 'node:fs/promises';
import { parseLogLine } from './log-line.ts';

/** The text at the end of a log, both streams in order of writing: of its last `bytes`, whole lines; '' without a log. */
export async function logEnd(path: string, bytes: number): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - bytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const lines = splitLines(buffer.subarray(0, bytesRead));
    const whole = start === 0 ? lines : lines.slice(1);
    const texts = whole.flatMap((raw) => {
      const line = parseLogLine(raw);
      return line ? [line.text, Buffer.from(line.isPartial ? '' : '\n')] : [];
    });
    return Buffer.concat(texts).toString('utf8');
  } finally {
    await file.close();
  }
}

function splitLines(data: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let from = 0;
  for (let end = data.indexOf(0x0a); end >= 0; end = data.indexOf(0x0a, from)) {
    lines.push(data.subarray(from, end));
    from = end + 1;
  }
  return lines;
}
