import { formatExcerpt, formatPlace } from '@slipway/core';
import type { ProgressEvent } from './progress.ts';

/** A warning for people: place, text and rule, then the line with a caret. */
export function warningLines({
  text,
  place,
  rule,
}: Omit<ProgressEvent & { type: 'warning' }, 'type'>): string[] {
  const at = place ? `${formatPlace(place)}: ` : '';
  const excerpt = place ? formatExcerpt(place) : '';
  const name = rule === undefined ? '' : ` (${rule})`;
  return [`warning: ${at}${text}${name}`, ...(excerpt === '' ? [] : excerpt.split('\n'))];
}
