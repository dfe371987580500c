import { type Place, SlipwayError } from '@slipway/core';
import type { Dockerfile, Stage } from './dockerfile.ts';
import { expand } from './expand.ts';
import { failure, suggestion } from './failure.ts';
import type { Instruction, Word } from './instruction.ts';
import { mountSource } from './mount.ts';
import { parseTrigger } from './parse.ts';
import type { Lookup } from './shell-lexer.ts';

/** What a stage, COPY --from or RUN --mount from= refers to. */
export type StageSource =
  | { readonly kind: 'stage'; readonly index: number }
  /** An image, or a named context of the build: the name decides. */
  | { readonly kind: 'image'; readonly reference: string; readonly place: Place }
  | { readonly kind: 'scratch' };

/** One use of another stage or image by an instruction. */
export interface StageEdge {
  readonly by: 'copy' | 'mount';
  readonly source: StageSource;
  readonly instruction: Instruction;
}

/** A stage that the target needs, its FROM expanded. */
export interface PlannedStage {
  readonly stage: Stage;
  readonly base: StageSource;
  /** `--platform`, expanded. */
  readonly platform?: string;
  /** The ONBUILD triggers that its base brings; they come before the stage's own instructions. */
  readonly triggers: readonly Instruction[];
  /** Of the triggers and of the stage's own instructions. */
  readonly edges: readonly StageEdge[];
}

export interface BuildPlan {
  /** Only what the target needs; each stage stands behind those it depends on. */
  readonly stages: readonly PlannedStage[];
  /** The last of `stages`. */
  readonly target: PlannedStage;
  /** ARGs before FROM and the predefined ones, with their values. */
  readonly globalArgs: ReadonlyMap<string, string>;
}

export interface ResolveOptions {
  /** Name or number of the stage to build. Default: the last. */
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Values that FROM sees without an ARG: `platformArgs()`. */
  readonly predefined?: Readonly<Record<string, string>>;
  /** Names that are not those of stages, for the build gives something else under them: in lower case. */
  readonly contexts?: ReadonlySet<string> | undefined;
  /** ONBUILD triggers of the images that stages are FROM, by the stage's index: known once the images are, when the plan is made anew. */
  readonly imageTriggers?: ReadonlyMap<number, readonly string[]>;
}

/** The stages that the target needs, in order of dependency, with who uses whom. Throws DOCKERFILE_TARGET, _STAGE_INDEX, _STAGE_ORDER, _BASE. */
export function resolveStages(dockerfile: Dockerfile, options: ResolveOptions = {}): BuildPlan {
  const { buildArgs = {}, predefined = {} } = options;
  const globalArgs = evaluateGlobalArgs(dockerfile, buildArgs, predefined);
  const lookup: Lookup = (name) => globalArgs.get(name);
  const known = withoutReplaced(dockerfile, options.contexts);
  const misplaced = new Map<PlannedStage, unknown>();
  const planned = dockerfile.stages.map((stage) => {
    try {
      return planStage(stage, known, lookup, options.imageTriggers?.get(stage.index));
    } catch (error) {
      if (!(error instanceof SlipwayError && error.code === 'DOCKERFILE_STAGE_ORDER')) throw error;
      // As with docker this is only a mistake where the stage is needed.
      const empty = planStage({ ...stage, instructions: [] }, known, lookup);
      misplaced.set(empty, error);
      return empty;
    }
  });
  const target = targetStage(planned, options.target);
  const needed = reachable(planned, target);
  for (const stage of needed) if (misplaced.has(stage)) throw misplaced.get(stage);
  return { stages: planned.filter((stage) => needed.has(stage)), target, globalArgs };
}

/** The file with stages that nobody can name, where a named context has their name. */
function withoutReplaced(dockerfile: Dockerfile, contexts: ReadonlySet<string> = new Set()): Dockerfile {
  if (contexts.size === 0) return dockerfile;
  const stages = dockerfile.stages.map((stage) => {
    if (stage.name === undefined || !contexts.has(stage.name)) return stage;
    const { name: _, ...unnamed } = stage;
    return unnamed;
  });
  return { ...dockerfile, stages };
}

function evaluateGlobalArgs(
  { metaArgs, directives }: Dockerfile,
  buildArgs: Readonly<Record<string, string>>,
  predefined: Readonly<Record<string, string>>,
): Map<string, string> {
  const values = new Map(Object.entries(predefined));
  for (const name of values.keys()) {
    if (Object.hasOwn(buildArgs, name)) values.set(name, buildArgs[name]!);
  }
  for (const { name, default: fallback, place } of metaArgs.flatMap(({ args }) => args)) {
    if (Object.hasOwn(buildArgs, name)) values.set(name, buildArgs[name]!);
    else if (fallback !== undefined) {
      values.set(
        name,
        expand(fallback, (other) => values.get(other), { escape: directives.escape, place }),
      );
    }
  }
  return values;
}

function planStage(
  stage: Stage,
  dockerfile: Dockerfile,
  lookup: Lookup,
  imageTriggers: readonly string[] = [],
): PlannedStage {
  const expandWord = ({ text, place }: Word): string =>
    expand(text, lookup, { escape: dockerfile.directives.escape, place });
  const reference = expandWord(stage.base);
  if (reference === '') {
    throw failure(
      'BASE',
      `the base image ${stage.base.text} is empty`,
      stage.base.place,
      'give the ARG a default above FROM, or --build-arg',
    );
  }
  const base = baseOf(reference, stage, dockerfile.stages);
  const brought = base.kind === 'stage' ? triggersOf(dockerfile.stages[base.index]!) : imageTriggers;
  const triggers = brought.map((trigger) => parseTrigger(trigger, stage.place));
  const edges = [...triggers, ...stage.instructions].flatMap((instruction) =>
    edgesOf(instruction, stage, dockerfile.stages),
  );
  if (stage.platform === undefined) return { stage, base, triggers, edges };
  const platform = expandWord(stage.platform);
  if (platform === '') {
    throw failure(
      'PLATFORM',
      `${stage.platform.text} is empty`,
      stage.platform.place,
      'for example: --platform=linux/arm64',
    );
  }
  return { stage, base, triggers, edges, platform };
}

function triggersOf({ instructions }: Stage): string[] {
  return instructions.flatMap((one) => (one.kind === 'onbuild' ? [one.trigger] : []));
}

/** FROM sees only the stages above it: a later one of the same name is an image to it. */
function baseOf(reference: string, stage: Stage, stages: readonly Stage[]): StageSource {
  const earlier = stages.slice(0, stage.index).findLast(({ name }) => name === reference);
  if (earlier !== undefined) return { kind: 'stage', index: earlier.index };
  if (reference === 'scratch') return { kind: 'scratch' };
  return { kind: 'image', reference, place: stage.base.place };
}

function edgesOf(instruction: Instruction, stage: Stage, stages: readonly Stage[]): StageEdge[] {
  if (instruction.kind === 'copy' && instruction.from !== undefined) {
    return [{ by: 'copy', source: resolveSource(instruction.from, stage, stages), instruction }];
  }
  if (instruction.kind !== 'run') return [];
  return instruction.mounts.flatMap((mount): StageEdge[] => {
    const from = mountSource(mount);
    if (from === undefined) return [];
    return [
      {
        by: 'mount',
        source: resolveSource({ text: from, place: mount.place }, stage, stages, false),
        instruction,
      },
    ];
  });
}

/** The stage or image that `from` names, seen from `stage`. Numbers name stages for COPY only. */
function resolveSource(from: Word, stage: Stage, stages: readonly Stage[], numbers = true): StageSource {
  const { text, place } = from;
  const byNumber = numbers && /^\d+$/.test(text);
  const found = byNumber
    ? stages[Number(text)]
    : stages.findLast(({ name }) => name !== undefined && name === text.toLowerCase());
  if (byNumber && found === undefined) {
    const range = stages.length === 1 ? 'there is only stage 0' : `the stages are 0 to ${stages.length - 1}`;
    throw failure('STAGE_INDEX', `invalid stage index ${text}`, place, range);
  }
  if (found === undefined) {
    return text.toLowerCase() === 'scratch' ? { kind: 'scratch' } : { kind: 'image', reference: text, place };
  }
  if (found.index >= stage.index) throw wrongOrder(from, found, stage);
  return { kind: 'stage', index: found.index };
}

function wrongOrder({ text, place }: Word, found: Stage, stage: Stage): Error {
  const message =
    found.index === stage.index
      ? `stage ${text} cannot take files from itself`
      : `stage ${text} is defined below: it must stand before the stage that takes files from it`;
  return failure('STAGE_ORDER', message, place);
}

function targetStage(planned: readonly PlannedStage[], target: string | undefined): PlannedStage {
  if (target === undefined || target === '') return planned.at(-1)!;
  const byName = planned.findLast(({ stage }) => stage.name === target.toLowerCase());
  const found = byName ?? (/^\d+$/.test(target) ? planned[Number(target)] : undefined);
  if (found !== undefined) return found;
  const names = planned.flatMap(({ stage }) => stage.name ?? []);
  const list =
    names.length === 0
      ? 'no stage has a name: give one with FROM … AS name'
      : `the stages are ${names.join(', ')}`;
  const place = planned.at(-1)!.stage.place;
  throw failure(
    'TARGET',
    `target stage "${target}" could not be found`,
    { file: place.file },
    suggestion(target, names, list),
  );
}

function reachable(planned: readonly PlannedStage[], target: PlannedStage): Set<PlannedStage> {
  const needed = new Set<PlannedStage>([target]);
  for (const { base, edges } of needed) {
    for (const source of [base, ...edges.map((edge) => edge.source)]) {
      // A set's iteration takes in what is added on the way.
      if (source.kind === 'stage') needed.add(planned[source.index]!);
    }
  }
  return needed;
}
