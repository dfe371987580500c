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

const COMMANDS: ReadonlyMap<string, (program: Command) => void> = new Map([
  ['build', registerBuild],
  ['run', registerRun],
  ['up', registerUp],
  ['down', registerDown],
  ['status', registerStatus],
  ['kubeconfig', registerKubeconfig],
  ['grant', registerGrant],
  ['image', registerImage],
  ['registry', registerRegistry],
  ['convert', registerConvert],
  ['seed', registerSeed],
  ['doctor', registerDoctor],
  ['demo', registerDemo],
  ['story', registerStory],
  ['source', registerSource],
]);

/**
 * The commands; of those, only the one that the first word names: to describe the others takes a good part of the time to
 * start. Each action loads what it needs when it runs, so that `--help` stays fast.
 */
export function buildProgram([first = '']: readonly string[] = []): Command {
  const program = new Command('slipway')
    .description('Build container images from Git and push them to a private registry with Tekton pipelines.')
    .version(version(), '-V, --version')
    .showHelpAfterError('(add --help for the options)')
    .showSuggestionAfterError()
    .addHelpText('after', `\n${EXIT_CODE_HELP}`);
  const named = COMMANDS.get(first);
  for (const register of named ? [named] : COMMANDS.values()) register(program);
  // It knows all others, and comes last.
  if (named === undefined) registerCompletion(program);
  return exitByThrowing(program);
}

function exitByThrowing(command: Command): Command {
  command.exitOverride();
  for (const sub of command.commands) exitByThrowing(sub);
  return command;
}
