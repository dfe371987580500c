import type { Place } from '@slipway/core';

/** Something that a person has to know about a conversion. */
export interface ConversionNote {
  readonly message: string;
  readonly place: Place;
}

/** Collects what a conversion has to say. */
export class Report {
  /** What could not be converted: the result is not whole. */
  readonly problems: ConversionNote[] = [];
  /** What was converted, and works a little differently. */
  readonly notes: ConversionNote[] = [];
  placeOf: (node: unknown) => Place = () => ({ file: '' });

  problem(message: string, node?: unknown): void {
    this.problems.push({ message, place: this.placeOf(node) });
  }

  note(message: string, node?: unknown): void {
    this.notes.push({ message, place: this.placeOf(node) });
  }
}
