import type { Readable } from 'node:stream';
import { type SlipwayError, toSlipwayError } from '@slipway/core';
import { parseReference } from '@slipway/oci';
import type { BuildOptions, BuildResult } from '../build-options.ts';
import { withoutPassword } from '../context-source/without-password.ts';
import type { ProgressSink } from '../progress/progress.ts';
import { runBuild } from '../run-build.ts';
import { buildLog } from './build-log.ts';
import { parseGitOptions } from './clone-context.ts';
import { dockerfileSource } from './dockerfile-source.ts';
import { checkFlags, contextOf, isPushed, requestOf } from './executor-options.ts';
import { openExecutorStore } from './executor-store.ts';
import { ExecutorFailure, failureText } from './failure.ts';
import { FLAGS } from './flags/flag-table.ts';
import { helpText } from './help.ts';
import { KanikoLog } from './log.ts';
import { type CommandLineFlags, flagError, parseFlags } from './parse-flags.ts';
import { checkPushPermissions } from './push-permission.ts';
import { kanikoCredentials, registrySettings } from './registry-settings.ts';
import { repositoryName, writeResultFiles } from './result-files.ts';
import { isFetched, sourceContext } from './source-context.ts';

const PERMISSION_FAILURE =
  'error checking push permissions -- make sure you entered the correct tag name, and that you are authenticated correctly, and try again';

/** What the executor has of its surroundings. */
export interface ExecutorPlace {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdin: Readable;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly signal: AbortSignal;
  /** Slipway's version. */
  readonly version: string;
}

/**
 * Runs kaniko's command line and returns the exit code: 0, that of the RUN that failed, else 1. The log and the failure
 * go to standard error, what RUN prints to standard output, as kaniko does.
 */
export async function runExecutor(argv: readonly string[], place: ExecutorPlace): Promise<number> {
  try {
    const line = parseFlags(FLAGS, argv, place.env);
    const [command] = line.positional;
    if (line.values.boolean('help') || command === 'help') place.stdout(helpText());
    else if (command === 'version') place.stdout(`${versionText(place)}\n`);
    else if (command !== undefined) throw flagError(`unknown command "${command}" for "executor"`);
    else await execute(line, place);
    return 0;
  } catch (error) {
    if (error instanceof ExecutorFailure) {
      place.stderr(`${failureText(error.during, error.failure)}\n`);
      return error.exitCode;
    }
    const { message, hint } = toSlipwayError(error);
    place.stderr(
      `Error: ${message}\n${hint === undefined ? '' : `${hint}\n`}Run 'executor --help' for usage.\n`,
    );
    return 1;
  }
}

function versionText({ version }: ExecutorPlace): string {
  return `Slipway version: ${version} (executor with kaniko's command line)`;
}

async function execute(line: CommandLineFlags, place: ExecutorPlace): Promise<void> {
  const { values: flags } = line;
  const log = new KanikoLog({
    level: flags.string('verbosity'),
    format: flags.string('log-format'),
    timestamp: flags.boolean('log-timestamp'),
    write: place.stderr,
  });
  checkFlags(flags);
  explainFlags(line, log);
  const { env, cwd, signal } = place;
  const request = await requestOf(flags, env);
  await using store = await openExecutorStore(flags);
  const named = contextOf(flags);
  const context = await during('error resolving source context', () =>
    sourceContext({
      context: named,
      subPath: flags.string('context-sub-path'),
      git: parseGitOptions(flags.list('git')),
      folder: store.folder,
      ...place,
    }),
  );
  const dockerfile = await dockerfileSource(flags.string('dockerfile'), context, cwd, signal);
  const registries = await registrySettings(flags, env);
  const credentials = await kanikoCredentials(flags, env);
  const contextName = isFetched(named) ? withoutPassword(named) : undefined;
  const source = { context, contextName, dockerfile };
  const build = { ...request, ...source, registries, credentials, store: store.paths, signal };
  if (isPushed(flags) && !flags.boolean('skip-push-permission-check')) {
    await during(PERMISSION_FAILURE, () => checkPushPermissions(build, registries, credentials, signal));
  }
  const result = await buildAndPush(build, buildLog(log, place.stdout));
  report(line, log, result);
  await during('error pushing image', () => writeResultFiles(flags, env, result.manifest.digest));
}

/** Builds; a failure tells whether it was the build or the push. */
async function buildAndPush(build: BuildOptions, log: ProgressSink): Promise<BuildResult> {
  let pushing = false;
  const progress: ProgressSink = {
    emit: (event) => {
      if (event.type === 'start') pushing = event.title.startsWith('push ');
      log.emit(event);
    },
  };
  return await during(
    () => (pushing ? 'error pushing image' : 'error building image'),
    () => runBuild({ ...build, progress }),
  );
}

/** Lines about flags that have nothing to do here, and about older spellings. */
function explainFlags({ given }: CommandLineFlags, log: KanikoLog): void {
  for (const flag of given) {
    if (flag.means !== undefined && flag.name !== 'platform')
      log.warn(`Flag --${flag.name} is deprecated. Use: --${flag.means}`);
    const target = FLAGS.find(({ name }) => name === (flag.means ?? flag.name));
    if (target?.pointless !== undefined) log.info(`--${flag.name} is not needed: ${target.pointless}`);
  }
}

function report({ values: flags }: CommandLineFlags, log: KanikoLog, result: BuildResult): void {
  const { digest } = result.manifest;
  for (const { reference } of result.pushed) {
    log.info(`Pushed ${repositoryName(parseReference(reference))}@${digest}`);
  }
  if (flags.boolean('no-push')) {
    log.info('Skipping push to container registry due to --no-push flag');
    log.info(`Built ${digest}`);
  }
}

/** Does one part of the job; a failure is told with the name that kaniko gives the part. */
async function during<T>(part: string | (() => string), action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const failure: SlipwayError = toSlipwayError(error);
    if (failure.code === 'KANIKO_FLAG') throw failure;
    throw new ExecutorFailure(typeof part === 'string' ? part : part(), failure);
  }
}
