import type { Command } from 'commander';
import { outputOption, parsePort, stateDirOption } from './options.ts';

interface UpOptions {
  stateDir?: string;
  detach?: boolean;
  apiPort?: number;
  registryPort?: number;
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
    .addOption(stateDirOption())
    .addOption(outputOption())
    .action(async (options: UpOptions) => {
      await (options.detach ? upDetached(options) : upForeground(options));
    });
}

async function upForeground(options: UpOptions): Promise<void> {
  const { enterNamespace, startControlPlane, stateFolder, defaultStateDir } = await import('@slipway/daemon');
  const { interruption } = await import('../interruption.ts');
  if (await enterNamespace()) return;
  const { openLog } = await import('../print/log-file.ts');
  const folder = stateFolder(options.stateDir ?? defaultStateDir());
  using interrupt = interruption();
  await using plane = await startControlPlane({
    stateDir: folder.root,
    ...(options.apiPort !== undefined && { apiPort: options.apiPort }),
    ...(options.registryPort !== undefined && { registryPort: options.registryPort }),
    logger: openLog(folder.logFile),
  });
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
