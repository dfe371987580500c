// npm run bench: figures of this machine, printed as a table. Ratios travel between machines, milliseconds do not.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureCommandLine } from './command-line.ts';
import { measureControlPlane } from './control-plane.ts';
import { formatRows } from './measure.ts';

const stateDir = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
try {
  const rows = [...(await measureCommandLine()), ...(await measureControlPlane(stateDir))];
  process.stdout.write(`${formatRows(rows)}\n`);
} finally {
  await rm(stateDir, { recursive: true, force: true });
}
