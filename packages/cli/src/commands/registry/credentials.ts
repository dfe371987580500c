import { type Command, Option } from 'commander';
import type { CredentialsOptions } from '../../registry/credentials.ts';
import { collect, stateDirOption } from '../options.ts';

export function registerCredentials(registry: Command): void {
  registry
    .command('credentials')
    .description('make the config.json that kaniko and others need to push as a ServiceAccount')
    .option('--serviceaccount <name>', 'whose token it holds', 'pipeline')
    .option('-n, --namespace <namespace>', 'namespace of the ServiceAccount')
    .option(
      '--registry <host:port>',
      'registry to log in to; repeatable (default: every name of the embedded one)',
      collect,
      [],
    )
    .option('--expires <duration>', 'how long the token is good for', '24h')
    .option('--name <name>', 'name of the object (default: <serviceaccount>-docker-config)')
    .option('--apply', 'apply the object instead of printing it')
    .option('--context <name>', 'a cluster of your kubeconfig instead of the embedded control plane')
    .addOption(
      new Option('-o, --output <format>', 'config.json itself, or a Secret or ConfigMap that holds it')
        .choices(['docker-config', 'secret', 'configmap'])
        .default('docker-config'),
    )
    .addOption(stateDirOption())
    .action(async (options: CredentialsOptions) => {
      const { credentials } = await import('../../registry/credentials.ts');
      await credentials(options);
    });
}
