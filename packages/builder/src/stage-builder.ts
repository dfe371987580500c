import { type Place, SlipwayError, toSlipwayError } from '@slipway/core';
import {
  expandInstruction,
  type Instruction,
  type PlannedStage,
  parseTrigger,
  type StageSource,
  VariableScope,
} from '@slipway/dockerfile';
import { formatPlatform, type Platform, parsePlatform } from '@slipway/oci';
import { type BaseImage, fetchImage } from './base-image.ts';
import { contextFolder } from './context.ts';
import { defaultsOf, emptyState, type StageState, withDefaults } from './image/stage-state.ts';
import type { FileSource, LayerContext } from './instructions/layer-step.ts';
import { isLayerInstruction, makeLayerStep } from './instructions/layer-steps.ts';
import { applyMetadata } from './instructions/metadata.ts';
import type { BuildSession } from './session.ts';

/** A stage that is built, and the variables that a stage FROM it inherits. */
interface BuiltStage {
  readonly state: StageState;
  readonly scope: VariableScope;
}

/** Builds the stages of a plan, each once, as soon as what it needs is there; independent ones run at the same time. */
export class StageBuilder {
  readonly #session: BuildSession;
  readonly #stages = new Map<number, Promise<BuiltStage>>();
  readonly #images = new Map<string, Promise<BaseImage>>();
  /** Stops the other stages when one fails. */
  readonly #abort: AbortController;

  constructor(session: BuildSession, abort: AbortController) {
    this.#session = session;
    this.#abort = abort;
  }

  /** Builds all stages and returns the target's state; on a failure all others are stopped, and waited for. */
  async build(): Promise<StageState> {
    const { plan } = this.#session;
    for (const planned of plan.stages) this.#start(planned);
    const failures: unknown[] = [];
    const guarded = [...this.#stages.values()].map((stage) =>
      stage.catch((error) => {
        failures.push(error);
        this.#abort.abort(error);
      }),
    );
    await Promise.all(guarded);
    if (failures.length > 0) throw failures[0];
    return (await this.#stages.get(plan.target.stage.index)!).state;
  }

  #start(planned: PlannedStage): void {
    this.#stages.set(planned.stage.index, this.#buildStage(planned));
  }

  async #buildStage(planned: PlannedStage): Promise<BuiltStage> {
    const { stage } = planned;
    const instructions: Instruction[] = [...stage.instructions];
    const progress = new StageTitles(planned, this.#session.plan.stages.length);
    const base = await this.#startFrom(planned, progress);
    const triggers = defaultsOf(base.state).OnBuild ?? [];
    instructions.unshift(...triggers.map((trigger) => parseTrigger(trigger, stage.place)));
    let state = triggers.length === 0 ? base.state : withDefaults(base.state, { OnBuild: null });
    progress.total = 1 + instructions.filter(isLayerInstruction).length;
    for (const instruction of instructions) {
      state = await this.#apply(planned, instruction, { ...base, state }, progress);
    }
    return { state, scope: base.scope };
  }

  async #apply(
    planned: PlannedStage,
    written: Instruction,
    stage: BuiltStage,
    titles: StageTitles,
  ): Promise<StageState> {
    const { state, scope } = stage;
    const session = this.#session;
    session.signal.throwIfAborted();
    try {
      const instruction = expandInstruction(written, scope.lookup, session.escape);
      if (!isLayerInstruction(instruction)) {
        return applyMetadata(state, instruction, { scope, created: session.created });
      }
      const sources = await this.#sourcesOf(planned, written);
      const title = titles.next(written.source);
      const { next } = await session.reporter.step(
        title,
        async (step) => {
          const context: LayerContext = { session, state, scope, step, sources };
          return await makeLayerStep(context, instruction);
        },
        session.signal,
      );
      return next;
    } catch (error) {
      throw placed(error, written.place);
    }
  }

  async #startFrom(planned: PlannedStage, titles: StageTitles): Promise<BuiltStage> {
    const { base, stage } = planned;
    const session = this.#session;
    if (base.kind === 'stage') {
      const parent = await this.#stages.get(base.index)!;
      return { state: { ...parent.state, args: [], hasOwnCmd: false }, scope: parent.scope.fork() };
    }
    const platform = planned.platform === undefined ? session.platform : parsePlatform(planned.platform);
    try {
      const state =
        base.kind === 'scratch'
          ? emptyState(platform)
          : await this.#fromImage(base.reference, platform, titles);
      const env = (defaultsOf(state).Env ?? []).map((entry): [string, string] => {
        const equals = entry.indexOf('=');
        return [entry.slice(0, equals), entry.slice(equals + 1)];
      });
      const { buildArgs = {} } = session.request;
      const options = { buildArgs, globalArgs: session.plan.globalArgs, escape: session.escape };
      return { state, scope: new VariableScope(options, env) };
    } catch (error) {
      throw placed(error, stage.base.place);
    }
  }

  async #fromImage(reference: string, platform: Platform, titles: StageTitles): Promise<StageState> {
    let image: BaseImage | undefined;
    const title = titles.from(reference);
    await this.#session.reporter.step(
      title,
      async () => {
        image = await this.#image(reference, platform);
        return {};
      },
      this.#session.signal,
    );
    return { config: image!.config, layers: image!.layers, args: [], hasOwnCmd: false };
  }

  /** One fetch for an image, however many stages use it. */
  #image(reference: string, platform: Platform): Promise<BaseImage> {
    const key = `${reference} ${formatPlatform(platform)}`;
    const known = this.#images.get(key);
    if (known) return known;
    const fetched = fetchImage(this.#session, reference, platform, this.#session.signal);
    this.#images.set(key, fetched);
    return fetched;
  }

  async #sourcesOf(planned: PlannedStage, instruction: Instruction): Promise<FileSource[]> {
    const edges = planned.edges.filter((edge) => edge.instruction === instruction);
    const found: FileSource[] = [];
    for (const { source } of edges) found.push(await this.#source(source, planned));
    return found;
  }

  async #source(source: StageSource, planned: PlannedStage): Promise<FileSource> {
    const session = this.#session;
    if (source.kind === 'scratch') return { kind: 'layers', title: 'scratch', layers: [] };
    if (source.kind === 'stage') {
      const { state } = await this.#stages.get(source.index)!;
      return { kind: 'layers', title: `stage ${source.index}`, layers: state.layers };
    }
    const folder = session.request.namedContexts?.[source.reference];
    if (folder !== undefined) return { kind: 'folder', tree: await contextFolder(folder) };
    const platform = planned.platform === undefined ? session.platform : parsePlatform(planned.platform);
    return { kind: 'layers', ...(await this.#image(source.reference, platform)) };
  }
}

/** The titles of a stage's steps, as docker shows them: `[build 2/4] RUN make`. */
class StageTitles {
  total = 1;
  readonly #stage: string;
  #done = 1;

  constructor({ stage }: PlannedStage, stages: number) {
    this.#stage = stage.name ?? (stages === 1 ? '' : `stage-${stage.index}`);
    this.total = 1 + stage.instructions.filter(isLayerInstruction).length;
  }

  from(reference: string): string {
    return this.#title(1, `FROM ${reference}`);
  }

  next(source: string): string {
    this.#done += 1;
    return this.#title(this.#done, source);
  }

  #title(number: number, text: string): string {
    return `[${this.#stage === '' ? '' : `${this.#stage} `}${number}/${this.total}] ${text}`;
  }
}

/** The failure with the place of the instruction, where it has none of its own. */
function placed(error: unknown, place: Place): SlipwayError {
  const failure = toSlipwayError(error);
  if (failure.place !== undefined || failure.kind === 'cancelled') return failure;
  const { kind, code, message, hint, cause } = failure;
  return new SlipwayError(kind, code, message, { place, hint, cause: cause ?? error });
}
