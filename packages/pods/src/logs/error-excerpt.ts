/** An error is looked for in so many of the last lines; what stands further up was followed by other work. */
const WINDOW = 6;
const MAX_LENGTH = 1200;

const ESCAPES = new RegExp(`${String.fromCharCode(0x1b)}\\[[0-9;?]*[A-Za-z]`, 'g');
/** How programs begin the line that says why they give up: `error: …`, `Error response from daemon: …`, `tool: fatal: …`. */
const ERROR_LINE = /^\W*(?:[\w./-]+: )?(?:error|fatal|panic)\b|\blevel=(?:error|fatal)\b/i;

/**
 * What a program said last, on one line: from the last line that calls itself an error to the end, hints included, else the
 * last line. '' when the text has no line.
 */
export function errorExcerpt(text: string): string {
  const lines = text
    .replace(ESCAPES, '')
    .split('\n')
    .map(lastPrinted)
    .filter((line) => line !== '')
    .slice(-WINDOW);
  if (lines.length === 0) return '';
  const begin = lines.findLastIndex((line) => ERROR_LINE.test(line));
  const words = lines
    .slice(begin < 0 ? -1 : begin)
    .reduce((text, line) => `${text}${/[:;,]$/.test(text) ? '' : ';'} ${line}`);
  return words.length <= MAX_LENGTH ? words : `${words.slice(0, MAX_LENGTH - 2)} …`;
}

/** What a terminal shows of a line that a progress bar wrote over again, without control characters. */
function lastPrinted(line: string): string {
  const [shown = ''] = line.trimEnd().split('\r').slice(-1);
  return shown.replace(/\p{Cc}/gu, ' ').trim();
}
