// A state folder whose base images are made once a test run, whichever test needs them first.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { slipway } from './cli.ts';

export interface SeededState extends AsyncDisposable {
  readonly folder: string;
  /** `--state-dir=<folder>` */
  readonly option: string;
}

/** `SLIPWAY_TEST_STATE` (set and removed by tools/test.js) or a folder of its own; the control plane in it is stopped at the end. */
export async function seededState(...images: readonly string[]): Promise<SeededState> {
  const shared = process.env.SLIPWAY_TEST_STATE;
  const folder = shared ?? (await mkdtemp(join(tmpdir(), 'slipway-e2e-')));
  const option = `--state-dir=${folder}`;
  const seeded = await slipway(['seed', ...images, option]);
  if (seeded.code !== 0)
    throw new Error(`slipway seed ${images.join(' ')} failed:\n${seeded.stdout}${seeded.stderr}`);
  return {
    folder,
    option,
    [Symbol.asyncDispose]: async () => {
      await slipway(['down', option]);
      if (shared === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
