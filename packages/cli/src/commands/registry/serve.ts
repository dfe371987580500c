import type { Command } from 'commander';
import type { ServeOptions } from '../../registry/serve.ts';
import { outputOption } from '../options.ts';

export function registerServe(registry: Command): void {
  registry
    .command('serve')
    .description('run a registry without a control plane')
    .requiredOption('--data <folder>', 'where everything is kept')
    .option('--listen <host:port>', 'where to answer', '127.0.0.1:5000')
    .option(
      '--htpasswd <file>',
      'users with bcrypt hashes (htpasswd -B); without it only loopback is allowed',
    )
    .option('--anonymous-pull', 'pulling needs no password')
    .option('--tls-cert <file>', 'certificate chain in PEM (default: one of an own CA)')
    .option('--tls-key <file>', 'its key in PEM')
    .option('--mirror', 'fetch repositories that are named after a host, like docker.io/library/golang')
    .option('--gc-every <duration>', 'time between garbage collections; 0 for none', '24h')
    .addOption(outputOption())
    .action(async (options: ServeOptions) => {
      const { serve } = await import('../../registry/serve.ts');
      await serve(options);
    });
}
