import type { Place } from '@slipway/core';
import { type MissReason, missText } from '../cache/explain/miss-reason.ts';
import type { ProgressSink, StepStatus } from './progress.ts';

/** One finished step, as the build's result lists it. */
export interface StepReport {
  readonly title: string;
  readonly status: StepStatus;
  readonly durationMs: number;
  /** Compressed bytes of the layer that the step made. */
  readonly layerSize?: number | undefined;
}

/** A running step, as its work sees it. */
export interface RunningStep {
  output(line: string): void;
  /** It is not in the cache. */
  missed(reasons: readonly MissReason[]): void;
}

/** What a step's work says of its own end: a step that came from the cache, the size of its layer. */
export interface StepOutcome {
  readonly cached?: boolean;
  readonly layerSize?: number | undefined;
}

/** Numbers, times and reports the steps of one build, whatever stage they belong to. */
export class StepReporter {
  readonly steps: StepReport[] = [];
  readonly #sink: ProgressSink;
  #count = 0;

  constructor(sink: ProgressSink) {
    this.#sink = sink;
  }

  /** Runs one step's work between its start and its end event; a failure is reported and thrown on. */
  async step<T extends StepOutcome>(
    title: string,
    work: (step: RunningStep) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    this.#count += 1;
    const number = this.#count;
    const started = performance.now();
    const end = (status: StepStatus, layerSize?: number): void => {
      const durationMs = Math.round(performance.now() - started);
      this.steps.push({ title, status, durationMs, layerSize });
      this.#sink.emit({ type: 'end', step: number, status, durationMs, layerSize });
    };
    this.#sink.emit({ type: 'start', step: number, title });
    try {
      const outcome = await work({
        output: (line) => this.#sink.emit({ type: 'output', step: number, line }),
        missed: (reasons) =>
          this.#sink.emit({ type: 'miss', step: number, reasons, text: missText(reasons) }),
      });
      end(outcome.cached ? 'cached' : 'done', outcome.layerSize);
      return outcome;
    } catch (error) {
      end(signal?.aborted ? 'cancelled' : 'failed');
      throw error;
    }
  }

  warn(text: string, more: { readonly place?: Place; readonly rule?: string } = {}): void {
    this.#sink.emit({ type: 'warning', text, ...more });
  }

  note(text: string): void {
    this.#sink.emit({ type: 'note', text });
  }
}
