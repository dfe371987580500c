import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/core';
import { runScript } from '@slipway/dockerfile';
import { cacheKey } from '../cache/cache-key.ts';
import { shellOf } from '../image/command-args.ts';
import { chainKey, chainKeys } from '../image/layer-chain.ts';
import { adoptLayer, makeLayer } from '../image/make-layer.ts';
import { lowerFolders } from '../image/root-view.ts';
import { DEFAULT_PATH, defaultsOf } from '../image/stage-state.ts';
import type { Mount } from '../isolation/run-mount.ts';
import type { Rung } from '../isolation/rung.ts';
import { LineSplitter } from '../progress/line-splitter.ts';
import { RunFailed } from '../run-failed.ts';
import type { InstructionOf } from './instruction-handler.ts';
import { fromCache, type LayerContext, type LayerResult, toCache } from './layer-step.ts';
import { predefinedArgs } from './predefined-args.ts';
import { type PreparedMounts, prepareMounts } from './run-mounts.ts';

type Run = InstructionOf<'run'>;

/** How many lines of output a failure's message shows. */
const SHOWN_LINES = 20;
const SCRIPT_FOLDER = '/dev/pipes';

/** RUN: one program in the stage's root filesystem; what it changes becomes a layer. Throws BUILD_RUN_FAILED. */
export async function runCommand(context: LayerContext, instruction: Run): Promise<LayerResult> {
  const { session, state, scope } = context;
  refusePrivileges(instruction);
  const env = [...scope.runEnv].map(([name, value]) => `${name}=${value}`);
  const { WorkingDir: cwd = '/', User: user = '' } = defaultsOf(state);
  const { args, script } = commandOf(context, instruction);
  await using mounts = await prepareMounts(context, instruction);
  const parts = {
    chain: chainKey(state.layers),
    platform: [state.config.os, state.config.architecture, state.config.variant],
    args,
    script: script?.content,
    env,
    cwd,
    user,
    network: instruction.network,
    mounts: mounts.identity,
    epoch: session.request.sourceDateEpoch,
    ignored: session.request.ignorePaths,
  };
  const key = cacheKey('run', parts);
  const { chain, env: _env, args: command, ...settings } = parts;
  context.trace.depends(key, { chain, settings: { ...settings, command }, allVariables: true });
  const known = await fromCache(session, 'run', key);
  if (known) return known;
  await context.trace.missed(session.request.noCache);

  await session.emulation.require(state.config, instruction.place);
  const rung = await session.rung();
  await using root = await rung.open(await lowerFolders(session, state.layers), chainKeys(state.layers));
  const output = new OutputTail(context.step.output);
  const { exitCode, warning } = await root.run({
    args,
    env: programEnv(context, env, mounts),
    hasSecretVariables: mounts.env.length > 0,
    cwd,
    user,
    network: instruction.network === 'none' ? 'none' : 'host',
    mounts: [...(await mounts.open()), ...(await scriptMount(context, script))],
    onOutput: (chunk) => output.write(chunk),
    signal: session.signal,
  });
  output.end();
  session.signal.throwIfAborted();
  if (exitCode !== 0) throw runFailed(instruction, { args, exitCode, lines: output.lines, rung });
  if (warning !== undefined) session.reporter.warn(warning, { place: instruction.place });
  const tar = await root.changes();
  if (tar === undefined) return await toCache(session, 'run', undefined, [key]);
  const layer = await makeLayer(session, tar, context.compression);
  root.became?.(chainKey([...state.layers, layer]));
  const folder = root.adoptable();
  if (folder !== undefined) await adoptLayer(session, state.layers, layer, folder);
  return await toCache(session, 'run', layer, [key]);
}

/** Docker grants these only by an entitlement; here no build has more than docker's defaults. */
function refusePrivileges({ security, devices, place }: Run): void {
  const asked = security === 'insecure' ? '--security=insecure' : devices.length > 0 ? '--device' : undefined;
  if (asked === undefined) return;
  throw new SlipwayError(
    'unsupported',
    'RUN_PRIVILEGES',
    `RUN ${asked} asks for privileges that no build gets here`,
    {
      place,
      hint: 'remove the flag: most programs do not need it',
    },
  );
}

/** The program's arguments, and the script file that they name, if any. */
export function commandOf(
  context: Pick<LayerContext, 'state'>,
  instruction: Run,
): { args: string[]; script?: { name: string; content: string } } {
  const script = runScript(instruction.command);
  if (script.via === 'exec') return { args: [...script.args] };
  if (script.via === 'shell') return { args: [...shellOf(context.state), script.text] };
  return { args: [...shellOf(context.state), `${SCRIPT_FOLDER}/${script.name}`], script };
}

function programEnv(context: LayerContext, env: readonly string[], mounts: PreparedMounts): string[] {
  const path = env.some((variable) => variable.startsWith('PATH=')) ? [] : [`PATH=${DEFAULT_PATH}`];
  const predefined = predefinedArgs(context.session.request.buildArgs ?? {});
  // The proxy that is given for this build wins over one that ENV says.
  const own = env.filter(
    (variable) => !predefined.some((given) => given.split('=')[0] === variable.split('=')[0]),
  );
  return [...path, ...own, ...predefined, ...mounts.env];
}

async function scriptMount(
  context: LayerContext,
  script: { name: string; content: string } | undefined,
): Promise<Mount[]> {
  if (!script) return [];
  const folder = await context.session.scratch.subfolder('script');
  await writeFile(join(folder, script.name), script.content, { mode: 0o755 });
  return [{ type: 'bind', source: folder, target: SCRIPT_FOLDER, readOnly: true, kind: 'folder' }];
}

/** Hands lines on and keeps the last ones. */
class OutputTail {
  readonly lines: string[] = [];
  readonly #splitter: LineSplitter;

  constructor(onLine: (line: string) => void) {
    this.#splitter = new LineSplitter((line) => {
      this.lines.push(line);
      if (this.lines.length > SHOWN_LINES) this.lines.shift();
      onLine(line);
    });
  }

  write(chunk: Uint8Array): void {
    this.#splitter.write(chunk);
  }

  end(): void {
    this.#splitter.end();
  }
}

interface FailedRun {
  readonly args: readonly string[];
  readonly exitCode: number;
  /** The end of its output. */
  readonly lines: readonly string[];
  readonly rung: Rung;
}

function runFailed({ place }: Run, failed: FailedRun): SlipwayError {
  const { args, exitCode, lines } = failed;
  const output =
    lines.length === 0 ? '' : `; the end of its output:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  const shown = args.join(' ').replaceAll('\n', ' ');
  const command = shown.length > 200 ? `${shown.slice(0, 200)}…` : shown;
  const message = `"${command}" ended with exit code ${exitCode}${output}`;
  return new RunFailed(exitCode, message, { place, hint: failureHint(failed) });
}

function failureHint({ exitCode, lines, rung }: FailedRun): string | undefined {
  const lacking = rung.hintFor?.(lines);
  if (lacking !== undefined) return lacking;
  if (exitCode === 127) return 'the program is not in the image; is it installed by an earlier step?';
  const refused = lines.some((line) => /chroot.*operation not permitted/i.test(line));
  if (rung.name === 'chroot' && refused)
    return 'a RUN in a chroot may not change its root again, as it could get out; where user namespaces are allowed (seccomp profile Unconfined) it may';
  return undefined;
}
