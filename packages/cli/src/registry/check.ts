import { maintain } from './maintain.ts';
import { printResult } from './print.ts';

/** `slipway registry fsck`: exit code 1 when there are problems. */
export async function checkRegistry(options: {
  readonly deep?: boolean;
  readonly stateDir?: string;
  readonly output: 'text' | 'json';
}): Promise<void> {
  const { message = '', check } = await maintain(options.stateDir, {
    action: 'Check',
    ...(options.deep && { deep: true }),
  });
  const problems = check?.problems ?? [];
  if (problems.length > 0) process.exitCode = 1;
  printResult(options.output, check, () =>
    [...problems.map((problem) => `${problem.code}  ${problem.message}`), message, ''].join('\n'),
  );
}
