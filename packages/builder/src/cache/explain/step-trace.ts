import type { VariableScope } from '@slipway/dockerfile';
import type { LayerEntry } from '../../copy/layer-entry.ts';
import type { StageState } from '../../image/stage-state.ts';
import type { CacheKey } from '../cache-key.ts';
import type { CacheHistory, PastStage } from './cache-history.ts';
import { FileList, shownPath } from './file-list.ts';
import type { BaseIdentity, MissReason } from './miss-reason.ts';
import { compareFacts, hideValue, type StepFacts } from './step-facts.ts';

/** What a step's result depends on beside its variables and files. */
export interface StepDependencies {
  /** What stands for the layers below. */
  readonly chain: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly sources?: Readonly<Record<string, string>>;
  /** Whether every variable of the stage counts (RUN), or those that the instruction names. */
  readonly allVariables?: boolean;
}

/** A stage whose steps are traced, in order. */
export class StageTrace {
  readonly name: string;
  readonly history: CacheHistory;
  /** All layer instructions of the stage as they are written now. */
  readonly texts: readonly string[];
  readonly past: PastStage | undefined;
  base: BaseIdentity | undefined;
  /** Title of the first step of this build that was not in the cache. */
  firstMiss: string | undefined;
  #steps = 0;

  constructor(history: CacheHistory, name: string, texts: readonly string[]) {
    this.history = history;
    this.name = name;
    this.texts = texts;
    this.past = history.past(name);
  }

  from(base: BaseIdentity): void {
    this.base = base;
    this.history.setBase(this.name, base);
  }

  next(step: Pick<StepTrace, 'text' | 'title' | 'scope' | 'state' | 'onMiss'>): StepTrace {
    const position = this.#steps;
    this.#steps += 1;
    return new StepTrace(this, position, step);
  }
}

/** What one step depends on, noted while its cache keys are made; explains a miss, and is kept for the next build. */
export class StepTrace {
  readonly text: string;
  readonly title: string;
  readonly scope: VariableScope;
  readonly state: StageState;
  readonly onMiss: (reasons: readonly MissReason[]) => void;
  readonly #stage: StageTrace;
  readonly #position: number;
  #read: { readonly entries: Iterable<LayerEntry>; readonly roots: readonly string[] }[] = [];
  #list: FileList | undefined;
  #depends: StepDependencies | undefined;
  readonly #keys: CacheKey[] = [];

  constructor(
    stage: StageTrace,
    position: number,
    step: Pick<StepTrace, 'text' | 'title' | 'scope' | 'state' | 'onMiss'>,
  ) {
    this.#stage = stage;
    this.#position = position;
    this.text = step.text;
    this.title = step.title;
    this.scope = step.scope;
    this.state = step.state;
    this.onMiss = step.onMiss;
  }

  /**
   * Notes the entries of which the step's key is made, once their contents were digested. `roots`: the folders that they are
   * read from, as byte strings.
   */
  reads(entries: Iterable<LayerEntry>, roots: readonly string[]): void {
    this.#read.push({ entries, roots });
  }

  /** Whether the step had this key in the last build: then nothing of it need be kept again. */
  hadKey(key: CacheKey): boolean {
    return this.#stage.past?.steps[this.#position]?.key === key;
  }

  /** A key of the step, and what it is made of; of several, each looked up where the one before missed, the last one counts. */
  depends(key: CacheKey, dependencies: StepDependencies): void {
    this.#keys.push(key);
    this.#depends = dependencies;
  }

  /** Reports why the step is not in the cache. */
  async missed(noCache = false): Promise<void> {
    const reasons: readonly MissReason[] = noCache ? [{ kind: 'no-cache' }] : await this.#reasons();
    this.onMiss(reasons);
    this.#stage.firstMiss ??= this.title;
  }

  /** Keeps what the next build compares with. */
  async done(): Promise<void> {
    const key = this.#keys.at(-1);
    if (key === undefined) return;
    const { history, name } = this.#stage;
    history.setStep(name, this.#position, { text: this.text, key });
    if (this.hadKey(key)) return;
    const facts = this.#facts();
    for (const each of this.#keys) await history.keep(each, facts, this.#files());
  }

  /** Made when it is needed: where a step is in the cache as it was, it is not. */
  #files(): FileList {
    this.#list ??= FileList.of(this.#shownEntries());
    this.#read = [];
    return this.#list;
  }

  *#shownEntries(): Generator<readonly [string, LayerEntry], void> {
    for (const { entries, roots } of this.#read)
      for (const entry of entries) yield [shownPath(entry, roots), entry];
  }

  async #reasons(): Promise<MissReason[]> {
    const { past, history } = this.#stage;
    if (past === undefined) return [{ kind: 'first-build' }];
    const before = this.#counterpart(past);
    if (before === undefined) return [{ kind: 'new-instruction' }];
    if (this.#keys.some((key) => key === before.key)) return [{ kind: 'pruned' }];
    const then = await history.facts(before.key);
    if (then === undefined) return [{ kind: 'forgotten' }];
    const now = this.#facts();
    let reasons = [...this.#below(then, now), ...compareFacts(then, now)];
    if (then.files !== now.files) {
      const list = await history.files(then.files);
      if (list !== undefined && now.files !== undefined) {
        // Mounts have the digest of their files as a part: which files says more.
        reasons = reasons.filter((reason) => reason.kind !== 'setting' || reason.names.join() !== 'mounts');
        reasons.push({ kind: 'files', ...this.#files().since(list) });
      }
    }
    return reasons.length === 0 ? [{ kind: 'forgotten' }] : reasons;
  }

  /** The same instruction in the last build: by its words, else by its position where those words are gone. */
  #counterpart(past: PastStage): { text: string; key: string } | undefined {
    const { texts } = this.#stage;
    const nth = texts.slice(0, this.#position).filter((text) => text === this.text).length;
    const same = past.steps.filter((step) => step?.text === this.text)[nth];
    if (same !== undefined) return same;
    const there = past.steps[this.#position];
    return there !== undefined && !texts.includes(there.text) ? there : undefined;
  }

  #below(then: StepFacts, now: StepFacts): MissReason[] {
    if (then.chain === now.chain) return [];
    const { firstMiss, base, past } = this.#stage;
    if (firstMiss !== undefined) return [{ kind: 'parent', step: firstMiss }];
    const moved =
      base && past?.base && (base.digest !== past.base.digest || base.reference !== past.base.reference);
    return moved ? [{ kind: 'base', before: past.base!, after: base }] : [{ kind: 'parent' }];
  }

  #facts(): StepFacts {
    const { chain = '', settings = {}, sources = {}, allVariables = false } = this.#depends ?? {};
    const { salt } = this.#stage.history;
    const files = this.#files();
    const hide = (values: Iterable<readonly [string, unknown]>): Record<string, string> =>
      Object.fromEntries([...values].map(([name, value]) => [name, hideValue(salt, value)]));
    const declared = new Set(this.state.args.map(({ name }) => name));
    const named = new Set([...this.text.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name!));
    const variables = [...this.scope.runEnv].filter(([name]) => allVariables || named.has(name));
    return {
      text: this.text,
      chain,
      buildArgs: hide(variables.filter(([name]) => declared.has(name))),
      env: hide(variables.filter(([name]) => !declared.has(name))),
      settings: hide(Object.entries(settings)),
      sources,
      ...(!files.isEmpty && { files: files.digest() }),
    };
  }
}
