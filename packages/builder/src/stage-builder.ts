import { type Place, SlipwayError, toSlipwayError } from '@slipway/core';
import {
  expandInstruction,
  type Instruction,
  isOn,
  type PlannedStage,
  type StageSource,
  undefinedText,
  undefinedVariables,
  VariableScope,
  withComments,
} from '@slipway/dockerfile';
import { formatPlatform, type Platform } from '@slipway/oci';
import type { BaseImage } from './base-image.ts';
import { StageTrace } from './cache/explain/step-trace.ts';
import type { Layer } from './image/layer.ts';
import { chainKey } from './image/layer-chain.ts';
import { isAsPushed } from './image/make-layer.ts';
import { defaultsOf, emptyState, type StageState, withDefaults } from './image/stage-state.ts';
import type { FileSource, LayerContext } from './instructions/layer-step.ts';
import {
  isLayerInstruction,
  type LayerInstruction,
  makeLayerStep,
  readsRoot,
} from './instructions/layer-steps.ts';
import { applyMetadata } from './instructions/metadata.ts';
import { NamedContexts, stateOfTree } from './named-contexts.ts';
import { platformOfStage } from './platform/require-runnable.ts';
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
  readonly #failures: unknown[] = [];
  readonly #images = new Map<string, Promise<BaseImage>>();
  readonly #contexts: NamedContexts;
  /** Stops the other stages when one fails. */
  readonly #abort: AbortController;

  constructor(session: BuildSession, abort: AbortController) {
    this.#session = session;
    this.#contexts = new NamedContexts(session);
    this.#abort = abort;
  }

  /** Builds all stages and returns the target's state; on a failure all others are stopped, and waited for. */
  async build(): Promise<StageState> {
    const { plan } = this.#session;
    for (const planned of plan.stages) this.#start(planned);
    // A trigger of a base image may start a stage that nothing else needs while the others are waited for.
    for (const stage of this.#stages.values()) await stage.catch(() => {});
    if (this.#failures.length > 0) throw this.#failures[0];
    return (await this.#stages.get(plan.target.stage.index)!).state;
  }

  #start(planned: PlannedStage): Promise<BuiltStage> {
    const started = this.#stages.get(planned.stage.index);
    if (started) return started;
    const building = this.#buildStage(planned);
    this.#stages.set(planned.stage.index, building);
    building.catch((error) => {
      this.#failures.push(error);
      this.#abort.abort(error);
    });
    return building;
  }

  async #buildStage(planned: PlannedStage): Promise<BuiltStage> {
    const { plan, platformLabel } = this.#session;
    const titles = new StageTitles(planned, plan.stages.length, platformLabel);
    const base = await this.#startFrom(planned, titles);
    const known = defaultsOf(base.state).OnBuild ?? [];
    const own =
      planned.base.kind === 'image' && known.length > 0 ? this.#planTriggers(planned, known) : planned;
    const instructions = [...own.triggers, ...own.stage.instructions];
    let state = known.length === 0 ? base.state : withDefaults(base.state, { OnBuild: null });
    this.#pushAhead(planned, state.layers, false);
    const steps = instructions.filter(isLayerInstruction);
    titles.total = 1 + steps.length;
    const trace = await this.#trace(planned, base, steps);
    for (const instruction of instructions) {
      state = await this.#apply(own, instruction, { ...base, state }, titles, trace);
    }
    return { state, scope: base.scope };
  }

  async #trace(planned: PlannedStage, built: BuiltStage, steps: readonly Instruction[]): Promise<StageTrace> {
    const { base, stage } = planned;
    const { history } = this.#session;
    const texts = steps.map(({ source }) => source);
    const trace = new StageTrace(history, this.#nameOf(stage.index), texts);
    const isFolder = base.kind === 'image' && (await this.#contexts.tree(base.reference)) !== undefined;
    if (isFolder) trace.from({ reference: base.reference, digest: chainKey(built.state.layers) });
    else if (base.kind === 'image') {
      const { digest } = await this.#image(base.reference, this.#platformOf(planned));
      trace.from({ reference: base.reference, digest });
    } else if (base.kind === 'stage') {
      trace.from({ reference: `stage ${this.#nameOf(base.index)}`, digest: chainKey(built.state.layers) });
    }
    return trace;
  }

  /** The stage with the ONBUILD triggers of its base image, which are known only now; stages that they use are started. */
  #planTriggers(planned: PlannedStage, triggers: readonly string[]): PlannedStage {
    const { index } = planned.stage;
    const plan = this.#session.planWithTriggers(new Map([[index, triggers]]));
    for (const stage of plan.stages) if (stage.stage.index < index) this.#start(stage);
    return plan.stages.find(({ stage }) => stage.index === index)!;
  }

  async #apply(
    planned: PlannedStage,
    written: Instruction,
    stage: BuiltStage,
    titles: StageTitles,
    stageTrace: StageTrace,
  ): Promise<StageState> {
    const { state, scope } = stage;
    const session = this.#session;
    session.signal.throwIfAborted();
    try {
      this.#warnUndefined(planned, written, scope);
      const instruction = expandInstruction(written, scope.lookup, session.escape);
      if (!isLayerInstruction(instruction)) {
        const created = session.request.sourceDateEpoch === undefined ? undefined : session.created;
        return applyMetadata(state, instruction, { scope, created });
      }
      const sources = await this.#sourcesOf(planned, written);
      const title = titles.next(written.source);
      const { next, cached = false } = await session.reporter.step(
        title,
        async (step) => {
          const compression = this.#isPushed(planned) ? 'as pushed' : 'none';
          const trace = stageTrace.next({ text: written.source, title, scope, state, onMiss: step.missed });
          const later = laterSteps(planned, written);
          const own = this.#sessionFor(planned, instruction, later);
          // In an attempt what reads the layer has its plan.
          const isRead = own === session && later.some(readsRoot);
          const work = { session: own, state, scope, step, trace };
          const context: LayerContext = { ...work, compression, isRead, sources };
          const made = await makeLayerStep(context, instruction);
          await trace.done();
          return made;
        },
        session.signal,
      );
      if (!cached) session.attempt?.noteLayer();
      this.#pushAhead(planned, next.layers.slice(state.layers.length), !cached);
      return next;
    } catch (error) {
      throw placed(error, written.place);
    }
  }

  #pushAhead(planned: PlannedStage, layers: readonly Layer[], isNew: boolean): void {
    const session = this.#session;
    // What is in the cache as a whole is there already, most likely; one question at the end will tell.
    if ((session.onlyCached && !session.attempt?.madeLayer) || !this.#isPushed(planned)) return;
    for (const layer of layers)
      if (isAsPushed(session, layer)) session.pushAhead.offer(layer.descriptor, { isNew });
  }

  #nameOf(index: number): string {
    const named = this.#session.plan.stages.find(({ stage }) => stage.index === index)?.stage.name;
    return named ?? `${index}`;
  }

  #platformOf(planned: PlannedStage): Platform {
    return platformOfStage(this.#session, planned);
  }

  /** Variables that nothing sets; of stages FROM scratch that was said before the build began. */
  #warnUndefined(planned: PlannedStage, instruction: Instruction, scope: VariableScope): void {
    const { plan, reporter, check } = this.#session;
    if (!isOn(withComments(check, instruction.comments), 'UndefinedVar')) return;
    let { base } = planned;
    while (base.kind === 'stage') {
      const { index } = base;
      base = plan.stages.find(({ stage }) => stage.index === index)!.base;
    }
    if (base.kind === 'scratch') return;
    for (const { name, place } of undefinedVariables(instruction, scope.lookup))
      reporter.warn(undefinedText(name), { place, rule: 'UndefinedVar' });
  }

  /** In an attempt without a worker a step may be one that is made there. */
  #sessionFor(
    { stage }: PlannedStage,
    instruction: LayerInstruction,
    later: readonly Instruction[],
  ): BuildSession {
    const session = this.#session;
    const isOfTarget = stage.index === session.plan.target.stage.index;
    return session.attempt?.sessionFor(session, { instruction, isOfTarget, later }) ?? session;
  }

  /** Whether the stage's layers are part of the image: it is the target, or the target is FROM it. */
  #isPushed(planned: PlannedStage): boolean {
    const { stages, target } = this.#session.plan;
    for (let at: PlannedStage | undefined = target; at !== undefined; ) {
      if (at.stage.index === planned.stage.index) return true;
      const { base }: PlannedStage = at;
      at = base.kind === 'stage' ? stages.find(({ stage }) => stage.index === base.index) : undefined;
    }
    return false;
  }

  async #startFrom(planned: PlannedStage, titles: StageTitles): Promise<BuiltStage> {
    const { base, stage } = planned;
    const session = this.#session;
    if (base.kind === 'stage') {
      const parent = await this.#stages.get(base.index)!;
      return { state: { ...parent.state, hasOwnCmd: false }, scope: parent.scope.fork() };
    }
    const platform = this.#platformOf(planned);
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
    const tree = await this.#contexts.tree(reference);
    if (tree !== undefined) return await stateOfTree(this.#session, tree, platform);
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
  #image(written: string, platform: Platform): Promise<BaseImage> {
    const key = `${written} ${formatPlatform(platform)}`;
    const known = this.#images.get(key);
    if (known) return known;
    const fetched = this.#contexts.image(written, platform);
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
    if (source.kind === 'scratch') return { kind: 'layers', title: 'scratch', layers: [] };
    if (source.kind === 'stage') {
      const { state } = await this.#stages.get(source.index)!;
      return { kind: 'layers', title: `stage ${this.#nameOf(source.index)}`, layers: state.layers };
    }
    const tree = await this.#contexts.tree(source.reference);
    if (tree !== undefined) return { kind: 'folder', tree };
    const image = await this.#image(source.reference, this.#platformOf(planned));
    return { kind: 'layers', ...image };
  }
}

function laterSteps({ triggers, stage }: PlannedStage, step: Instruction): Instruction[] {
  const steps = [...triggers, ...stage.instructions];
  return steps.slice(steps.indexOf(step) + 1);
}

/** The titles of a stage's steps, as docker shows them: `[build 2/4] RUN make`. */
class StageTitles {
  total = 1;
  readonly #stage: string;
  #done = 1;

  constructor({ stage }: PlannedStage, stages: number, platform: string | undefined) {
    const name = stage.name ?? (stages === 1 ? '' : `stage-${stage.index}`);
    this.#stage = [platform, name].filter(Boolean).join(' ');
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
