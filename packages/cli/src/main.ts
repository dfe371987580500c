import { type SlipwayError, toSlipwayError } from '@slipway/core';
import { EXIT_CODES } from './exit-codes.ts';
import { errorJson, printError } from './print/error.ts';
import { CommanderError } from './program.ts';

/** Runs the command line; the exit code is the outcome. */
async function main(argv: readonly string[]): Promise<number> {
  const { buildProgram } = await import('./program.ts');
  let invoked: { opts(): { stateDir?: string } } | undefined;
  try {
    const program = buildProgram(argv).hook('preAction', (_, command) => {
      invoked = command;
    });
    await program.parseAsync(argv, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.usage;
    const failure = await explained(toSlipwayError(error), invoked?.opts().stateDir);
    if (wantsJson(argv)) process.stdout.write(`${JSON.stringify(errorJson(failure))}\n`);
    else if (failure.code !== 'RUN_FAILED') printError(failure);
    return EXIT_CODES[failure.kind];
  }
}

/** Which disk is full, and which file may not be read, is what a user has to know. */
async function explained(error: SlipwayError, stateDir: string | undefined): Promise<SlipwayError> {
  if (error.kind === 'exhausted') {
    const { explainFullDisk } = await import('./print/full-disk.ts');
    return explainFullDisk(error, stateDir);
  }
  if (error.kind !== 'internal') return error;
  const { explainSystemError } = await import('./print/system-error.ts');
  return explainSystemError(error);
}

function wantsJson(argv: readonly string[]): boolean {
  return argv.some(
    (arg, i) =>
      arg === '-ojson' || arg === '--output=json' || (/^(-o|--output)$/.test(arg) && argv[i + 1] === 'json'),
  );
}

// `slipway … | head`: whoever reads has enough, and that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`error: standard output cannot be written: ${error.message}\n`);
  process.exit(EXIT_CODES.exhausted);
});
// Messages that nobody can read, for want of a terminal or of space in the file that they go to, change nothing of the outcome.
process.stderr.on('error', () => {});
process.exitCode = await main(process.argv.slice(2));
