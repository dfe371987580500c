import { median } from '../measure.ts';
import type { Cost } from './observe.ts';

export const PHASES = ['cold', 'unchanged', 'changed'] as const;
export type Phase = (typeof PHASES)[number];

export interface Figures extends Cost {
  /** MB that the registry received. */
  readonly pushed: number;
}

/** The measured costs, by workload, phase and builder. */
export class Results {
  readonly #figures = new Map<string, Figures[]>();
  readonly #byHand = new Map<string, Cost[]>();

  add(workload: string, phase: Phase, builder: string, figures: Figures): void {
    const key = `${workload} ${phase} ${builder}`;
    this.#figures.set(key, [...(this.#figures.get(key) ?? []), figures]);
  }

  /** The RUNs alone. */
  addByHand(workload: string, cost: Cost): void {
    this.#byHand.set(workload, [...(this.#byHand.get(workload) ?? []), cost]);
  }

  /** The median of each figure; NaN where nothing was measured. */
  middle(workload: string, phase: Phase, builder: string): Figures {
    return medians(this.#figures.get(`${workload} ${phase} ${builder}`) ?? []);
  }

  byHand(workload: string): Cost {
    return medians((this.#byHand.get(workload) ?? []).map((cost) => ({ ...cost, pushed: 0 })));
  }

  /** Lowest and highest load average of a workload's phase. */
  loads(workload: string, phase: Phase): [number, number] {
    const of = [...this.#figures].filter(([key]) => key.startsWith(`${workload} ${phase} `));
    const loads = of.flatMap(([, figures]) => figures.map(({ load }) => load));
    return [Math.min(...loads), Math.max(...loads)];
  }

  /** Processor time of looking, as a part of the time that was looked at; and the largest of one build. */
  observer(): { mean: number; most: number } {
    const all = [...this.#figures.values()].flat();
    const sum = (field: 'observer' | 'wall'): number => all.reduce((total, one) => total + one[field], 0);
    return {
      mean: sum('observer') / sum('wall'),
      most: Math.max(...all.map(({ observer, wall }) => observer / wall)),
    };
  }
}

const FIELDS = [
  'wall',
  'cpu',
  'tree',
  'builder',
  'largest',
  'pss',
  'once',
  'observer',
  'load',
  'pushed',
] as const;

function medians(figures: readonly Figures[]): Figures {
  const entries = FIELDS.map((field) => [field, median(figures.map((one) => one[field]))]);
  return Object.fromEntries(entries) as unknown as Figures;
}

interface Measured {
  readonly name: string;
  readonly title: string;
  /** Whether the one-line change runs its RUNs again; undefined where it has none. */
  readonly again: boolean | undefined;
}

const OURS = 'slipway';

/** All figures, a line for each builder. */
export function figureTable(
  results: Results,
  workloads: readonly Measured[],
  builders: readonly string[],
): string {
  const head = [
    'workload',
    'phase',
    'builder',
    's',
    'cpu s',
    'memory MB: all / builder / largest',
    'builder MB: proportional / pages once',
    'pushed MB',
  ];
  const rows = workloads.flatMap(({ name, title }) =>
    PHASES.flatMap((phase) =>
      builders.map((builder) => {
        const of = results.middle(name, phase, builder);
        const memory = [of.tree, of.builder, of.largest].map((size) => shown(size, 0)).join(' / ');
        const own = [of.pss, of.once].map((size) => shown(size, 0)).join(' / ');
        return [title, phase, builder, shown(of.wall, 2), shown(of.cpu, 2), memory, own, shown(of.pushed, 1)];
      }),
    ),
  );
  return markdown(head, rows);
}

/** Ours divided by each other's, below 1 in our favour; beside them the RUNs alone, which nobody can beat. */
export function ratioTable(
  results: Results,
  workloads: readonly Measured[],
  builders: readonly string[],
): string {
  const peers = builders.filter((name) => name !== OURS);
  const head = [
    ...['workload, phase', 'slipway: s / cpu s / MB', 'RUN by hand: s / cpu s'],
    ...peers.map((name) => `÷ ${name}: s, cpu, MB`),
    'load',
  ];
  const rows = workloads.flatMap(({ name, title, again }) =>
    PHASES.map((phase, index) => {
      const ours = results.middle(name, phase, OURS);
      const ratios = peers.map((peer) => {
        const its = results.middle(name, phase, peer);
        return (['wall', 'cpu', 'once'] as const)
          .map((field) => shown(ours[field] / its[field], 2))
          .join(', ');
      });
      const alone = phase === 'cold' || (phase === 'changed' && again) ? results.byHand(name) : undefined;
      const figures = [shown(ours.wall, 2), shown(ours.cpu, 2), shown(ours.once, 0)].join(' / ');
      const byHand = again === undefined || !alone ? '0' : `${shown(alone.wall, 2)} / ${shown(alone.cpu, 2)}`;
      const load = results
        .loads(name, phase)
        .map((value) => value.toFixed(1))
        .join('–');
      return [index === 0 ? `${title}, ${phase}` : phase, figures, byHand, ...ratios, load];
    }),
  );
  return markdown(head, rows);
}

function shown(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '–';
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
