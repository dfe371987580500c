import type { Policy } from '@slipway/daemon';
import type { Command } from 'commander';
import type { Interruption } from '../interruption.ts';
import { ranInNamespace } from './in-namespace.ts';
import { outputOption, parsePort, policyOption, stateDirOption } from './options.ts';

interface UpOptions {
  stateDir?: string;
  detach?: boolean;
  apiPort?: number;
  registryPort?: number;
  policy?: Policy;
  output: 'text' | 'json';
}

export function registerUp(program: Command): void {
  program
    .command('up')
    .description('start the embedded control plane and registry')
    .option('-d, --detach', 'leave it running in the background')
    .option(
      '--api-port <port>',
      'port of the Kubernetes API on 127.0.0.1 (default: 6443, or a free one)',
      parsePort,
    )
    .option(
      '--registry-port <port>',
      'port of the registry on 127.0.0.1 (default: 5000, or a free one)',
      parsePort,
    )
    .addOption(policyOption())
    .addOption(stateDirOption())
    .addOption(outputOption())
    .action(async (options: UpOptions) => {
      await (options.detach ? upDetached(options) : upForeground(options));
    });
}

async function upForeground(options: UpOptions): Promise<void> {
  if (await ranInNamespace(options)) return;
  const { interruptible } = await import('../interruption.ts');
  await interruptible(async (interrupt) => {
    await serve(options, interrupt);
    // Asked at the end: of a Ctrl-C that arrives twice, the one that our launcher forwards may come first.
    if (interrupt.byKeyboard) process.exitCode = 130;
  });
}

/** Runs the control plane until it is told to end. */
async function serve(options: UpOptions, interrupt: Interruption): Promise<void> {
  const { startControlPlane, stateFolder, defaultStateDir } = await import('@slipway/daemon');
  const { openLog } = await import('../print/log-file.ts');
  const folder = stateFolder(options.stateDir ?? defaultStateDir());
  await using plane = await startControlPlane({
    stateDir: folder.root,
    ...(options.apiPort !== undefined && { apiPort: options.apiPort }),
    ...(options.registryPort !== undefined && { registryPort: options.registryPort }),
    ...(options.policy !== undefined && { policy: options.policy }),
    logger: openLog(folder.logFile),
  });
  interrupt.signal.throwIfAborted();
  await announce(plane, options.output);
  await interrupt.happened;
  process.stderr.write('stopping …\n');
}

async function upDetached(options: UpOptions): Promise<void> {
  const { startInBackground } = await import('../background.ts');
  await announce(await startInBackground(options), options.output);
}

interface Endpoints {
  readonly api: string;
  readonly registry: string;
  readonly kubeconfig: string;
}

async function announce(endpoints: Endpoints, output: 'text' | 'json'): Promise<void> {
  const { api, registry, kubeconfig } = endpoints;
  if (output === 'json') {
    process.stdout.write(`${JSON.stringify({ api, registry, kubeconfig })}\n`);
    return;
  }
  process.stdout.write(
    `Kubernetes API  ${api}\nregistry        ${registry}\n\nexport KUBECONFIG=${kubeconfig}\n`,
  );
}
