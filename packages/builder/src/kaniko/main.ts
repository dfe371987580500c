import { readFileSync } from 'node:fs';
import { runExecutor } from './executor.ts';

/** The umbrella package; the bundle in the executor image keeps the same relative path. */
const { version } = JSON.parse(
  readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'),
) as { version: string };

const abort = new AbortController();
let killed: number | undefined;
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const) {
  process.once(signal, () => {
    killed = 128 + number;
    abort.abort(new Error(`ended by ${signal}`));
  });
}

const code = await runExecutor(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  signal: abort.signal,
  version,
});
process.exitCode = killed ?? code;
