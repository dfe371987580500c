// Slipway's builder against the others that are here: in one run, in turn, from one registry.
// usage: node bench/build.ts --state FOLDER [--rounds N] [--workloads go,files,big,stages] [--builders slipway,dockerd,…] [--disk]
// FOLDER is a state folder with seeded base images. BUILDKITD and BUILDCTL, KANIKO_EXECUTOR name the programs of those two.
// Needs root: dockerd and buildah do, and the stores are on a tmpfs of their own (--disk: in the temporary folder).
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Bench, type Builder, openBench } from './build/builder.ts';
import { builders } from './build/builders.ts';
import { runByHand } from './build/by-hand.ts';
import type { Cost } from './build/observe.ts';
import { BenchRegistry } from './build/registry.ts';
import { figureTable, type Phase, Results, ratioTable } from './build/report.ts';
import { SeededImages } from './build/seeded-images.ts';
import { type Workload, workloads } from './build/workloads.ts';

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

const results = new Results();

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

/** One that cannot do a workload does not spoil the figures of the others. */
async function orNote(name: string, workload: Workload, measure: () => Promise<void>): Promise<void> {
  try {
    await measure();
  } catch (error) {
    if (interrupted) throw error;
    process.stderr.write(`bench: ${name} failed at ${workload.title}: ${(error as Error).message}\n`);
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
  results.add(workload.name, phase, builder.name, figures);
  note(`${workload.name} ${phase} ${builder.name}`, figures);
}

async function measureByHand(workload: Workload): Promise<void> {
  if (workload.runs === undefined) return;
  const context = join(folder, 'context-by-hand');
  await workload.create(context, registry.host, 'by hand');
  try {
    const cost = await runByHand(images, workload.runs, context, join(folder, 'by-hand'));
    results.addByHand(workload.name, cost);
    note(`${workload.name} by hand`, cost);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

function note(what: string, figures: Cost): void {
  const shown = Object.entries(figures).map(([name, value]) => `${name} ${value.toFixed(2)}`);
  process.stderr.write(`${what}: ${shown.join(', ')}\n`);
}

async function measureAll(): Promise<void> {
  for (const workload of measured) {
    for (let round = 0; round < Number(values.rounds); round++) {
      await orNote('the RUNs by hand', workload, () => measureByHand(workload));
      // Whoever comes first finds another disk cache than whoever comes second.
      const turn = round % 2 === 0 ? contenders : [...contenders].reverse();
      for (const builder of turn)
        await orNote(builder.name, workload, () => measureOne(builder, workload, round));
    }
  }
}

function report(place: string, loadBefore: number): void {
  const titles = measured.map(({ name, title, runs }) => ({ name, title, again: runs?.again }));
  const names = contenders.map(({ name }) => name);
  process.stdout.write(`${figureTable(results, titles, names)}\n`);
  if (names.includes('slipway')) process.stdout.write(`${ratioTable(results, titles, names)}\n`);
  const { mean, most } = results.observer();
  const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
  process.stdout.write(
    `stores on ${place}, ${values.rounds} rounds, medians; load average ${loadBefore.toFixed(1)} before, ${loadavg()[0]!.toFixed(1)} after; ` +
      `looking took ${percent(mean)} of a core, ${percent(most)} in the build where it was most\n`,
  );
}

const measured = chosen(workloads, values.workloads);
const contenders = chosen(builders, values.builders).filter(({ name, missing }) => {
  const reason = missing();
  if (reason !== undefined) process.stderr.write(`bench: without ${name}: ${reason}\n`);
  return reason === undefined;
});
const images = await SeededImages.open(values.state);
const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-build-'));
let mounted = false;
let registry: BenchRegistry;
try {
  // The registry keeps all that was pushed: half of the memory, which is the default, holds two rounds of the 512 MB file.
  const tmpfs = ['-t', 'tmpfs', '-o', 'size=90%', 'tmpfs', folder];
  mounted = !values.disk && spawnSync('mount', tmpfs).status === 0;
  if (!mounted && !values.disk) throw new Error('no tmpfs can be mounted: run as root, or with --disk');
  const load = loadavg()[0]!;
  {
    registry = await BenchRegistry.start(join(folder, 'registry'));
    await using _ = registry;
    await registry.copyImages(images, [...new Set(measured.flatMap(({ bases }) => bases))]);
    await measureAll();
  }
  report(mounted ? 'tmpfs' : 'disk', load);
} finally {
  if (mounted) spawnSync('umount', ['-l', folder]);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
