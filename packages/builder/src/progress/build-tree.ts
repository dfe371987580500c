import type { ProgressEvent, StepStatus } from './progress.ts';

/** A step as the tree shows it. */
export interface TreeStep {
  readonly number: number;
  readonly text: string;
  readonly started: number;
  status: StepStatus | 'running';
  durationMs: number;
  layerSize: number | undefined;
  /** Why it was not in the cache. */
  miss: string | undefined;
  /** The last lines of its output. */
  readonly lines: string[];
}

/** A stage, or the steps that belong to none (an empty title). */
export interface TreeStage {
  readonly title: string;
  readonly steps: TreeStep[];
}

const KEPT_LINES = 20;

/** What a build did so far, by stages, from its events. */
export class BuildTree {
  readonly stages: TreeStage[] = [];
  readonly #steps = new Map<number, TreeStep>();
  #planned = 0;

  /** `now` in milliseconds. */
  add(event: ProgressEvent, now: number): void {
    if (event.type === 'start') this.#start(event.step, event.title, now);
    const step = 'step' in event ? this.#steps.get(event.step) : undefined;
    if (step === undefined) return;
    if (event.type === 'output') {
      step.lines.push(event.line);
      if (step.lines.length > KEPT_LINES) step.lines.shift();
    } else if (event.type === 'miss') {
      step.miss = event.text;
    } else if (event.type === 'end') {
      step.status = event.status;
      step.durationMs = event.durationMs;
      step.layerSize = event.layerSize;
    }
  }

  /** How many steps are done, and how many are known of. */
  get counts(): { readonly done: number; readonly all: number } {
    const steps = [...this.#steps.values()];
    const done = steps.filter(({ status }) => status !== 'running').length;
    return { done, all: Math.max(this.#planned, steps.length) };
  }

  #start(number: number, title: string, now: number): void {
    const [, stage = '', place = '', total = '0', text = title] =
      /^\[(?:(\S.*?) )?(\d+)\/(\d+)\] (.*)$/s.exec(title) ?? [];
    const heading = text === title ? '' : stage || 'build';
    let group = this.stages.find((one) => one.title === heading);
    if (group === undefined) {
      group = { title: heading, steps: [] };
      // What belongs to no stage, the push, stands below.
      if (heading === '') this.stages.push(group);
      else this.stages.splice(this.stages.filter((one) => one.title !== '').length, 0, group);
      this.#planned += Number(total);
      // The first step of FROM scratch, or FROM a stage, is none that is reported.
      if (place === '2') this.#planned -= 1;
    }
    const step: TreeStep = {
      number,
      text: text.replace(/\s+/g, ' '),
      started: now,
      status: 'running',
      durationMs: 0,
      layerSize: undefined,
      miss: undefined,
      lines: [],
    };
    group.steps.push(step);
    this.#steps.set(number, step);
  }
}
