import type { Command } from 'commander';
import type { LoginOptions } from '../../registry/login.ts';
import { outputOption, stateDirOption } from '../options.ts';

export function registerLogin(registry: Command): void {
  registry
    .command('login')
    .description('let docker, podman, skopeo and others into the registry (default: as the administrator)')
    .option('--serviceaccount <name>', 'as this ServiceAccount, with a token that is made for it')
    .option('-n, --namespace <namespace>', 'namespace of the ServiceAccount', 'default')
    .option('-u, --username <name>', 'with a password or token that standard input gives')
    .option('--password-stdin', 'read the password from standard input')
    .option('--registry <host:port>', 'which registry (default: the embedded one)')
    .option('--expires <duration>', 'how long the token of a ServiceAccount is good for', '24h')
    .option('--config <folder>', 'folder of config.json (default: $DOCKER_CONFIG, else ~/.docker)')
    .addOption(stateDirOption())
    .addOption(outputOption())
    .action(async (options: LoginOptions) => {
      const { login } = await import('../../registry/login.ts');
      await login(options);
    });
}
