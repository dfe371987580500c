import type { Command } from 'commander';
import { ranInNamespace } from './in-namespace.ts';
import { collect, outputOption, stateDirOption } from './options.ts';

/** What all grants have. */
export interface GrantOptions {
  namespace?: string;
  revoke?: boolean;
  dryRun?: boolean;
  context?: string;
  stateDir?: string;
  output: 'text' | 'json';
}

/** A grant to ServiceAccounts. */
export interface AccountGrantOptions extends GrantOptions {
  serviceaccount: string[];
}

/** `slipway grant …`: what pods and ServiceAccounts may do, with the commands of kubectl and oc that do the same. */
export function registerGrant(program: Command): void {
  const grant = program
    .command('grant')
    .description('let ServiceAccounts and namespaces do more, and show the kubectl and oc commands for it')
    .addHelpText(
      'after',
      '\nExamples:\n  slipway grant scc privileged -z pipeline -n ci\n  slipway grant role system:image-builder -z pipeline -n ci\n  slipway grant pod-security privileged -n ci\n  slipway grant scc privileged -z pipeline -n ci --revoke',
    );
  registerAccountGrant(
    grant,
    'scc',
    'let ServiceAccounts use security context constraints, like anyuid or privileged',
  );
  registerAccountGrant(grant, 'role', 'give ServiceAccounts a role in the namespace');
  const podSecurity = grant
    .command('pod-security')
    .description('set the Pod Security level of a namespace')
    .argument('<level>', 'privileged, baseline or restricted');
  withCommonOptions(podSecurity).action(async (level: string, options: GrantOptions) => {
    if (options.context === undefined && (await ranInNamespace(options))) return;
    const { grantPodSecurity } = await import('../grant/pod-security.ts');
    await grantPodSecurity(level, options);
  });
}

function registerAccountGrant(grant: Command, kind: 'scc' | 'role', description: string): void {
  const command = grant
    .command(kind)
    .description(description)
    .argument('<name>', kind === 'scc' ? 'its name; see "kubectl get scc"' : 'of a Role or a ClusterRole')
    .requiredOption('-z, --serviceaccount <name>', 'the ServiceAccount; repeatable', collect);
  withCommonOptions(command).action(async (name: string, options: AccountGrantOptions) => {
    if (options.context === undefined && (await ranInNamespace(options))) return;
    const { grantRole, grantScc } = await import('../grant/account-grant.ts');
    await (kind === 'scc' ? grantScc : grantRole)(name, options);
  });
}

function withCommonOptions(command: Command): Command {
  return command
    .option('-n, --namespace <namespace>', 'the namespace (default: default, or that of the context)')
    .option('--revoke', 'take it back')
    .option('--dry-run', 'only say what would be done')
    .option('--context <name>', 'context of your kubeconfig: do it on that cluster')
    .addOption(stateDirOption())
    .addOption(outputOption());
}
