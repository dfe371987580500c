// Runs the examples that Tekton ships with its source, of any release, on our control plane.
//
// usage: TEKTON_EXAMPLES=/path/to/pipeline/examples node test/conformance/tekton-examples.ts [--only <text>] [--timeout <s>]
//
// Each file is checked by the API server (kubectl create --dry-run=server). Those that need no network are created in a
// namespace of their own, and the first run that they make must succeed within the time (60 s). SLIPWAY_TEST_STATE names a
// state folder to use; by default one is made, and removed. Without TEKTON_EXAMPLES nothing is run, and the exit status is 0.
import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { seededState } from '../seeded-state.ts';
import { Cluster, type Verdict } from './tekton-examples/cluster.ts';
import { type Example, imagesOf, inNamespace, networkNeed, readExample } from './tekton-examples/example.ts';
import { knownFailure } from './tekton-examples/known-failures.ts';
import { copyStandIns, SEEDS } from './tekton-examples/stand-ins.ts';

const PARALLEL = 2;

interface Options {
  readonly folder: string;
  readonly only: string;
  readonly limit: number;
}

interface Result {
  readonly name: string;
  readonly valid: boolean;
  readonly outcome: 'ran' | 'failed' | 'known' | 'network';
  readonly text: string;
}

async function main(options: Options): Promise<number> {
  const examples = await readExamples(options);
  await using state = await seededState(...SEEDS);
  const cluster = await Cluster.start(state);
  const runnable = examples.filter((example) => networkNeed(example) === undefined);
  const images = new Set(runnable.flatMap(imagesOf));
  for (const line of await copyStandIns(images, cluster.registry, state.folder))
    console.log(`stand-in: ${line}`);
  const queue = [...examples.entries()];
  const results: Result[] = [];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const result = await tryExample(cluster, next[1], `example-${next[0]}`, options.limit);
      console.log(
        `${result.outcome.padEnd(7)} ${result.valid ? '' : 'INVALID '}${result.name}: ${result.text}`,
      );
      results.push(result);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return summary(results);
}

async function readExamples({ folder, only }: Options): Promise<Example[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /[.-]yaml$/.test(name));
  if (names.length === 0) throw new Error(`${folder} has no examples in it`);
  return Promise.all(
    names
      .filter((name) => name.includes(only))
      .sort()
      .map((name) => readExample(folder, name)),
  );
}

async function tryExample(
  cluster: Cluster,
  example: Example,
  namespace: string,
  limit: number,
): Promise<Result> {
  const manifest = inNamespace(example, namespace);
  const { name } = example;
  await cluster.makeNamespace(namespace);
  try {
    const checked = await cluster.validate(namespace, manifest);
    const need = networkNeed(example);
    if (checked.ok && need)
      return { name, valid: true, outcome: 'network', text: `needs the network: ${need}` };
    const verdict: Verdict = checked.ok ? await cluster.run(namespace, manifest, limit) : checked;
    if (verdict.ok) return { name, valid: true, outcome: 'ran', text: verdict.text };
    const known = knownFailure(example);
    const text = known ? `${known} (${verdict.text})` : verdict.text;
    return { name, valid: checked.ok, outcome: known ? 'known' : 'failed', text };
  } finally {
    await cluster.remove(namespace, manifest);
  }
}

function summary(results: readonly Result[]): number {
  const count = (outcome: Result['outcome']): number =>
    results.filter((one) => one.outcome === outcome).length;
  const valid = results.filter((one) => one.valid).length;
  console.log(
    `examples: ${results.length}, valid ${valid}; ran ${count('ran')}, need the network ${count('network')}, ` +
      `failed ${count('failed')}, failed as docs/tekton.md says ${count('known')}`,
  );
  return count('failed') === 0 ? 0 : 1;
}

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, timeout: { type: 'string', default: '60' } },
});
const named = process.env.TEKTON_EXAMPLES;
if (!named) {
  console.log(
    "conformance: skipped: TEKTON_EXAMPLES does not name the folder examples of a checkout of Tekton's source",
  );
} else if (!(await stat(named).catch(() => undefined))?.isDirectory()) {
  console.error(`conformance: TEKTON_EXAMPLES=${named} is not a folder`);
  process.exitCode = 2;
} else {
  process.exitCode = await main({
    folder: resolve(named),
    only: values.only,
    limit: Number(values.timeout) * 1000,
  });
}
