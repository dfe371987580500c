import type { KubeObject } from '@slipway/kube';

/** A cell as kubectl prints it. */
type Cell = string | number | null;

/** One column of a Table (meta/v1 TableColumnDefinition) and how to fill it. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly format?: 'name';
  readonly description: string;
  /** 0: always shown; 1: only with `-o wide`. */
  readonly priority: 0 | 1;
  readonly cell: (object: KubeObject, now: Date) => Cell;
}

/** A text column. */
export function column(
  name: string,
  description: string,
  cell: Column['cell'],
  options: { wide?: boolean; type?: Column['type'] } = {},
): Column {
  return { name, type: options.type ?? 'string', description, priority: options.wide ? 1 : 0, cell };
}

export const NAME: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace.',
  priority: 0,
  cell: (object) => object.metadata.name,
};

export const AGE: Column = column('Age', 'How long ago the object was created.', (object, now) =>
  age(object.metadata.creationTimestamp, now),
);

/** The time since an RFC 3339 time as kubectl shows it: `5s`, `3m20s`, `2d4h`; `<unknown>` without one. */
export function age(time: string | null | undefined, now: Date): string {
  if (!time) return '<unknown>';
  return humanDuration(now.getTime() - Date.parse(time));
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** k8s.io/apimachinery duration.HumanDuration: two units while they matter, then one. */
export function humanDuration(ms: number): string {
  if (ms < -2 * SECOND) return '<invalid>';
  if (ms < 0) return '0s';
  if (ms < 2 * MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < 10 * MINUTE) return units(ms, MINUTE, 'm', SECOND, 's');
  if (ms < 3 * HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < 8 * HOUR) return units(ms, HOUR, 'h', MINUTE, 'm');
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)}h`;
  if (ms < 8 * DAY) return units(ms, DAY, 'd', HOUR, 'h');
  if (ms < 2 * YEAR) return `${Math.floor(ms / DAY)}d`;
  if (ms < 8 * YEAR) return units(ms, YEAR, 'y', DAY, 'd');
  return `${Math.floor(ms / YEAR)}y`;
}

function units(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)}${largeName}${rest === 0 ? '' : `${rest}${smallName}`}`;
}
