// Slipway's builder against the others that are here: in one run, in turn, from one registry.
// usage: node bench/build.ts --state FOLDER [--rounds N] [--workloads go,files,big,stages] [--builders slipway,dockerd,…] [--disk]
// FOLDER is a state folder with seeded base images. BUILDKITD and BUILDCTL, KANIKO_EXECUTOR name the programs of those two.
// Needs root: dockerd and buildah do, and the stores are on a tmpfs of their own (--disk: in the temporary folder).
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Bench, type Builder, builders, openBench } from './build/builders.ts';
import type { Cost } from './build/observe.ts';
import { BenchRegistry } from './build/registry.ts';
import { type Workload, workloads } from './build/workloads.ts';
import { median } from './measure.ts';

const PHASES = ['cold', 'unchanged', 'changed'] as const;
type Phase = (typeof PHASES)[number];
type Figures = Cost & { readonly pushed: number };

const { values } = parseArgs({
  options: {
    state: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    workloads: { type: 'string' },
    builders: { type: 'string' },
    disk: { type: 'boolean', default: false },
  },
});
if (values.state === undefined) throw new Error('--state names a state folder with seeded images');

function chosen<T extends { readonly name: string }>(all: readonly T[], wanted: string | undefined): T[] {
  const names = wanted?.split(',');
  const unknown = names?.find((name) => !all.some((one) => one.name === name));
  if (unknown !== undefined)
    throw new Error(`there is no "${unknown}": ${all.map(({ name }) => name).join(', ')}`);
  return all.filter(({ name }) => names?.includes(name) ?? true);
}

/** After a Ctrl-C the running builder is the last one: what is mounted and what runs is taken away first. */
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interrupted = true;
  });
}

/** Figures by workload, phase and builder. */
const results = new Map<string, Figures[]>();

async function measureOne(builder: Builder, workload: Workload, round: number): Promise<void> {
  const mark = `${process.pid}-${builder.name}-${round}`;
  const context = join(folder, `context-${mark}`);
  await workload.create(context, registry.host, mark);
  await using bench = await openBench(builder, join(folder, 'stores'));
  const reference = `${registry.host}/${workload.name}/${builder.name}-${round}:v1`;
  try {
    await measurePhase('cold', builder, workload, bench, context, reference);
    await measurePhase('unchanged', builder, workload, bench, context, reference);
    await workload.change(context, `${mark}-changed`);
    await measurePhase('changed', builder, workload, bench, context, reference);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/** One builder that cannot do a workload does not spoil the figures of the others. */
async function measureOrNote(builder: Builder, workload: Workload, round: number): Promise<void> {
  try {
    await measureOne(builder, workload, round);
  } catch (error) {
    if (interrupted) throw error;
    process.stderr.write(`bench: ${builder.name} failed at ${workload.title}: ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}

async function measurePhase(
  phase: Phase,
  builder: Builder,
  workload: Workload,
  bench: Bench,
  context: string,
  reference: string,
): Promise<void> {
  if (interrupted) throw new Error('interrupted');
  const before = await registry.received();
  const cost = await bench.build(context, reference);
  const figures = { ...cost, pushed: ((await registry.received()) - before) / 1e6 };
  const key = `${workload.name} ${phase} ${builder.name}`;
  results.set(key, [...(results.get(key) ?? []), figures]);
  const shown = Object.entries(figures).map(([name, value]) => `${name} ${value.toFixed(2)}`);
  process.stderr.write(`${key}: ${shown.join(', ')} (load ${loadavg()[0]!.toFixed(1)})\n`);
}

function report(): void {
  const line = (cells: readonly string[]): void => void process.stdout.write(`| ${cells.join(' | ')} |\n`);
  line([
    'workload',
    'phase',
    'builder',
    's',
    'slipway ÷ it',
    'cpu s',
    'memory MB: all / builder / largest',
    'pushed MB',
  ]);
  line(['---', '---', '---', '---:', '---:', '---:', '---:', '---:']);
  for (const workload of measured) {
    for (const phase of PHASES) {
      const of = (builder: Builder): Figures[] =>
        results.get(`${workload.name} ${phase} ${builder.name}`) ?? [];
      const middle = (builder: Builder, field: keyof Figures): number =>
        median(of(builder).map((one) => one[field]));
      const ours = contenders.find(({ name }) => name === 'slipway');
      for (const builder of contenders) {
        const wall = middle(builder, 'wall');
        const ratio = ours && builder !== ours ? (middle(ours, 'wall') / wall).toFixed(2) : '';
        const memory = (['tree', 'builder', 'largest'] as const).map((field) =>
          middle(builder, field).toFixed(0),
        );
        line([
          ...[workload.title, phase, builder.name, wall.toFixed(2), ratio],
          ...[middle(builder, 'cpu').toFixed(1), memory.join(' / '), middle(builder, 'pushed').toFixed(1)],
        ]);
      }
    }
  }
}

const measured = chosen(workloads, values.workloads);
const contenders = chosen(builders, values.builders).filter(({ name, missing }) => {
  const reason = missing();
  if (reason !== undefined) process.stderr.write(`bench: without ${name}: ${reason}\n`);
  return reason === undefined;
});
const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-build-'));
let mounted = false;
let registry: BenchRegistry;
try {
  mounted = !values.disk && spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', folder]).status === 0;
  if (!mounted && !values.disk) throw new Error('no tmpfs can be mounted: run as root, or with --disk');
  const load = loadavg()[0]!.toFixed(1);
  {
    registry = await BenchRegistry.start(join(folder, 'registry'));
    await using _ = registry;
    await registry.copyImages(values.state, [...new Set(measured.flatMap(({ bases }) => bases))]);
    for (const workload of measured) {
      for (let round = 0; round < Number(values.rounds); round++) {
        // Whoever comes first finds another disk cache than whoever comes second.
        const turn = round % 2 === 0 ? contenders : [...contenders].reverse();
        for (const builder of turn) await measureOrNote(builder, workload, round);
      }
    }
  }
  report();
  process.stdout.write(
    `stores on ${mounted ? 'tmpfs' : 'disk'}, ${values.rounds} rounds, medians; load average ${load} before, ${loadavg()[0]!.toFixed(1)} after\n`,
  );
} finally {
  if (mounted) spawnSync('umount', ['-l', folder]);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
