import { Command, CommanderError } from 'commander';
import { registerBuild } from './commands/build.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerConvert } from './commands/convert.ts';
import { registerDemo } from './commands/demo.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerDown } from './commands/down.ts';
import { registerGrant } from './commands/grant.ts';
import { registerImage } from './commands/image.ts';
import { registerKubeconfig } from './commands/kubeconfig.ts';
import { registerRegistry } from './commands/registry.ts';
import { registerRun } from './commands/run.ts';
import { registerSeed } from './commands/seed.ts';
import { registerSource } from './commands/source.ts';
import { registerStatus } from './commands/status.ts';
import { registerStory } from './commands/story.ts';
import { registerUp } from './commands/up.ts';
import { EXIT_CODE_HELP } from './exit-codes.ts';
import { version } from './version.ts';

export { CommanderError };

/** All commands. Each action loads what it needs when it runs, so that `--help` stays fast. */
export function buildProgram(): Command {
  const program = new Command('slipway')
    .description('Build container images from Git and push them to a private registry with Tekton pipelines.')
    .version(version(), '-V, --version')
    .showHelpAfterError('(add --help for the options)')
    .showSuggestionAfterError()
    .addHelpText('after', `\n${EXIT_CODE_HELP}`);
  for (const register of [
    registerBuild,
    registerRun,
    registerUp,
    registerDown,
    registerStatus,
    registerKubeconfig,
    registerGrant,
    registerImage,
    registerRegistry,
    registerConvert,
    registerSeed,
    registerDoctor,
    registerDemo,
    registerStory,
    registerSource,
    registerCompletion,
  ]) {
    register(program);
  }
  return exitByThrowing(program);
}

function exitByThrowing(command: Command): Command {
  command.exitOverride();
  for (const sub of command.commands) exitByThrowing(sub);
  return command;
}
