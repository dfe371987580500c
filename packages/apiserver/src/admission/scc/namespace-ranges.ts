import type { IdRange } from '@slipway/kube';

export const UID_RANGE = 'openshift.io/sa.scc.uid-range';
export const GROUP_RANGES = 'openshift.io/sa.scc.supplemental-groups';
export const MCS = 'openshift.io/sa.scc.mcs';

/** What a namespace's annotations set aside for its pods. */
export interface NamespaceRanges {
  readonly users: Required<IdRange>;
  readonly groups: readonly Required<IdRange>[];
  /** SELinux level, `s0:c10,c5`. */
  readonly level: string;
}

/** Reads the annotations; undefined where one is missing or makes no sense. */
export function namespaceRanges(
  annotations: Readonly<Record<string, string>> | undefined,
): NamespaceRanges | undefined {
  const users = parseRange(annotations?.[UID_RANGE] ?? '');
  const groups = (annotations?.[GROUP_RANGES] || annotations?.[UID_RANGE] || '').split(',').map(parseRange);
  const level = annotations?.[MCS];
  if (users === undefined || level === undefined || groups.includes(undefined)) return undefined;
  return { users, groups: groups as Required<IdRange>[], level };
}

/** `1000680000/10000` (start and number) or `1000680000-1000689999` (first and last). */
function parseRange(text: string): Required<IdRange> | undefined {
  const [, start, sign, end] = /^(\d+)([/-])(\d+)$/.exec(text.trim()) ?? [];
  if (start === undefined || end === undefined) return undefined;
  const min = Number(start);
  const max = sign === '/' ? min + Number(end) - 1 : Number(end);
  return max < min ? undefined : { min, max };
}
