import type { Instruction } from '@slipway/dockerfile';
import { recordResult, type StageState, withDefaults } from '../image/stage-state.ts';
import type { StepOutcome } from '../progress/step-reporter.ts';
import { addFiles } from './add.ts';
import { copyFiles } from './copy.ts';
import type { InstructionOf } from './instruction-handler.ts';
import type { LayerContext, LayerResult } from './layer-step.ts';
import type { LayerKind } from './metadata.ts';
import { commandOf, runCommand } from './run.ts';
import { makeWorkingFolder, workingFolder } from './workdir.ts';

/** An instruction that may make a layer. */
export type LayerInstruction = InstructionOf<LayerKind>;

export function isLayerInstruction(instruction: Instruction): instruction is LayerInstruction {
  const { kind } = instruction;
  return kind === 'run' || kind === 'copy' || kind === 'add' || kind === 'workdir';
}

/** Whether the instruction reads the root filesystem of its stage; COPY only looks where a path leads, which mostly takes no unpacked layer. */
export function readsRoot({ kind }: Instruction): boolean {
  return kind === 'run';
}

/** Runs the instruction; `next` is the stage behind it, its layer and its history included. */
export async function makeLayerStep(
  context: LayerContext,
  instruction: LayerInstruction,
): Promise<StepOutcome & { next: StageState }> {
  const { state } = context;
  if (instruction.kind === 'workdir') return await workdirStep(context, instruction);
  const result = await layerOf(context, instruction);
  const next = recordResult(
    state,
    result.layer,
    `${createdBy(context, instruction)} # buildkit`,
    result.created,
  );
  return { next, ...outcome(result) };
}

async function layerOf(
  context: LayerContext,
  instruction: Exclude<LayerInstruction, { kind: 'workdir' }>,
): Promise<LayerResult> {
  switch (instruction.kind) {
    case 'run':
      return await runCommand(context, instruction);
    case 'copy':
      return await copyFiles(context, instruction);
    case 'add':
      return await addFiles(context, instruction);
  }
}

async function workdirStep(
  context: LayerContext,
  instruction: InstructionOf<'workdir'>,
): Promise<StepOutcome & { next: StageState }> {
  const { state } = context;
  const folder = workingFolder(state, instruction.path);
  const result = await makeWorkingFolder(context, folder);
  // An absolute path stays as it is written: docker shows `/app/` for `WORKDIR /app/`.
  const shown = instruction.path.startsWith('/') ? instruction.path : folder;
  const placed = withDefaults(state, { WorkingDir: shown });
  const next = recordResult(placed, result.layer, `WORKDIR ${shown}`, result.created);
  return { next, ...outcome(result) };
}

function outcome({ layer, cached }: LayerResult): StepOutcome {
  return { cached, layerSize: cached ? undefined : layer?.descriptor.size };
}

/** The line of the history, as BuildKit writes it. */
function createdBy(
  context: LayerContext,
  instruction: Exclude<LayerInstruction, { kind: 'workdir' }>,
): string {
  if (instruction.kind === 'run') {
    const args = new Map(
      context.state.args.map(({ name, value }) => [name, context.scope.lookup(name) ?? value ?? '']),
    );
    const count = args.size === 0 ? [] : [`|${args.size}`];
    const values = [...args].map(([name, value]) => `${name}=${value}`);
    return ['RUN', ...count, ...values, ...commandOf(context, instruction).args].join(' ');
  }
  const { kind, sources, inline, destination, chown, chmod } = instruction;
  return [
    kind.toUpperCase(),
    ...(kind === 'copy' && instruction.parents ? ['--parents'] : []),
    ...(chown === undefined ? [] : [`--chown=${chown}`]),
    ...(chmod === undefined ? [] : [`--chmod=${chmod}`]),
    ...sources.map((word) => word.text),
    ...inline.map(({ name }) => `<<${name}`),
    destination.text,
  ].join(' ');
}
