import type { DeclaredArg } from '@slipway/dockerfile';
import type { ContainerDefaults, HistoryEntry, ImageConfig, Platform } from '@slipway/oci';
import type { Layer } from './layer.ts';

/** What docker gives a program that has no PATH of its own. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Docker's comment in the history of images made from a Dockerfile; scanners look for it. */
const HISTORY_COMMENT = 'buildkit.dockerfile.v0';

/** A stage after some of its instructions; every instruction makes a new one. */
export interface StageState {
  readonly config: ImageConfig;
  /** Bottom first; as many as `config.rootfs.diff_ids`. */
  readonly layers: readonly Layer[];
  /** The ARGs of this stage so far, and before them those of the stage that it builds on, in order. */
  readonly args: readonly DeclaredArg[];
  /** Whether CMD stands in this stage: ENTRYPOINT forgets only the base's. */
  readonly hasOwnCmd: boolean;
}

/** The state of `FROM scratch`. */
export function emptyState(platform: Platform): StageState {
  const { os, architecture, variant } = platform;
  return {
    config: {
      architecture,
      os,
      ...(variant === undefined ? {} : { variant }),
      config: { Env: [`PATH=${DEFAULT_PATH}`], WorkingDir: '/' },
      rootfs: { type: 'layers', diff_ids: [] },
      history: [],
    },
    layers: [],
    args: [],
    hasOwnCmd: false,
  };
}

/** How a container of the stage runs, as far as it is known. */
export function defaultsOf(state: StageState): ContainerDefaults {
  return state.config.config ?? {};
}

export function withDefaults(state: StageState, change: ContainerDefaults): StageState {
  return { ...state, config: { ...state.config, config: { ...defaultsOf(state), ...change } } };
}

/** Adds a line to the history, for an instruction that made no layer. */
export function recordEmpty(state: StageState, createdBy: string, created: Date | undefined): StageState {
  return record(state, { ...historyEntry(createdBy, created), empty_layer: true });
}

/** Adds a layer and its line of the history. */
function recordLayer(state: StageState, layer: Layer, createdBy: string, created: Date): StageState {
  const { rootfs } = state.config;
  const config = { ...state.config, rootfs: { ...rootfs, diff_ids: [...rootfs.diff_ids, layer.diffId] } };
  return record({ ...state, config, layers: [...state.layers, layer] }, historyEntry(createdBy, created));
}

/** Adds the layer where there is one; otherwise only the history. */
export function recordResult(
  state: StageState,
  layer: Layer | undefined,
  createdBy: string,
  created: Date,
): StageState {
  return layer ? recordLayer(state, layer, createdBy, created) : recordEmpty(state, createdBy, created);
}

function record(state: StageState, entry: HistoryEntry): StageState {
  return { ...state, config: { ...state.config, history: [...(state.config.history ?? []), entry] } };
}

function historyEntry(createdBy: string, created: Date | undefined): HistoryEntry {
  const time = created === undefined ? {} : { created: created.toISOString() };
  return { ...time, created_by: createdBy, comment: HISTORY_COMMENT };
}
