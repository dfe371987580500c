import { maintain } from './maintain.ts';
import { printResult } from './print.ts';

/** `slipway registry gc`. */
export async function collectGarbage(options: {
  readonly dryRun?: boolean;
  readonly untagged?: boolean;
  readonly grace?: string;
  readonly stateDir?: string;
  readonly output: 'text' | 'json';
}): Promise<void> {
  const { message = '', garbage } = await maintain(options.stateDir, {
    action: 'CollectGarbage',
    ...(options.dryRun && { dryRun: true }),
    ...(options.untagged && { untagged: true }),
    ...(options.grace !== undefined && { grace: options.grace }),
  });
  printResult(options.output, garbage, () => `${message}\n`);
}
