import type { Command } from 'commander';
import { stateDirOption } from './options.ts';

const STOP_MS = 60_000;

export function registerDown(program: Command): void {
  program
    .command('down')
    .description('stop the embedded control plane; what it stored stays')
    .addOption(stateDirOption())
    .action(async (options: { stateDir?: string }) => down(options.stateDir));
}

async function down(stateDir: string | undefined): Promise<void> {
  const [{ SlipwayError, systemClock }, { defaultStateDir, findRunning, hasEnded, stateFolder }] =
    await Promise.all([import('@slipway/core'), import('@slipway/daemon')]);
  const folder = stateFolder(stateDir ?? defaultStateDir());
  const running = await findRunning(folder);
  if (running === undefined) {
    process.stdout.write(`nothing runs in ${folder.root}\n`);
    return;
  }
  process.kill(running.pid, 'SIGTERM');
  for (const deadline = Date.now() + STOP_MS; Date.now() < deadline; await systemClock.sleep(25)) {
    if (!hasEnded(running)) continue;
    process.stdout.write(`stopped; the state stays in ${folder.root}\n`);
    return;
  }
  throw new SlipwayError(
    'timeout',
    'STOP_TIMEOUT',
    `process ${running.pid} did not stop within ${STOP_MS / 1000} s`,
    {
      hint: `look at ${folder.logFile}; kill -9 ${running.pid} loses nothing that was acknowledged`,
    },
  );
}
