import type { Instruction, InstructionKind } from '@slipway/dockerfile';
import type { StageState } from '../image/stage-state.ts';
import { applyArg } from './arg.ts';
import { applyCmd } from './cmd.ts';
import { applyEntrypoint } from './entrypoint.ts';
import { applyEnv } from './env.ts';
import { applyExpose } from './expose.ts';
import { applyHealthcheck } from './healthcheck.ts';
import type { InstructionOf, MetadataContext, MetadataHandler } from './instruction-handler.ts';
import { applyLabel } from './label.ts';
import { applyMaintainer } from './maintainer.ts';
import { applyOnbuild } from './onbuild.ts';
import { applyShell } from './shell.ts';
import { applyStopsignal } from './stopsignal.ts';
import { applyUser } from './user.ts';
import { applyVolume } from './volume.ts';

/** The instructions that make a layer. */
export type LayerKind = 'run' | 'copy' | 'add' | 'workdir';
/** The instructions that only change the configuration. */
export type MetadataKind = Exclude<InstructionKind, LayerKind>;

const handlers: { readonly [K in MetadataKind]: MetadataHandler<K> } = {
  arg: applyArg,
  cmd: applyCmd,
  entrypoint: applyEntrypoint,
  env: applyEnv,
  expose: applyExpose,
  healthcheck: applyHealthcheck,
  label: applyLabel,
  maintainer: applyMaintainer,
  onbuild: applyOnbuild,
  shell: applyShell,
  stopsignal: applyStopsignal,
  user: applyUser,
  volume: applyVolume,
};

/** Applies an instruction that makes no layer; its variables are already expanded. */
export function applyMetadata<K extends MetadataKind>(
  state: StageState,
  instruction: InstructionOf<K>,
  context: MetadataContext,
): StageState {
  const handler = handlers[(instruction as Instruction).kind as K] as MetadataHandler<K>;
  return handler(state, instruction, context);
}
