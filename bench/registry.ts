// npm run bench -- registry: our registry against Debian's docker-registry (CNCF distribution), in one run and alternately.
// usage: node bench/registry.ts [SIZE_MB]; DOCKER_REGISTRY names the peer's program, else it is looked for on the PATH.
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { pushImage, randomImage } from '../test/integration/registry/image.ts';
import { median, residentMegabytes, timed } from './measure.ts';

const run = promisify(execFile);
const CLIENTS = 8;
const IMAGES = 200;
const ROUNDS = 5;
const PULLS = 3;
const MANY_ROUNDS = 3;
const GET_MS = 3000;
const megabytes = Number(process.argv[2] ?? 512);

interface Contender {
  readonly name: string;
  readonly child: ChildProcess;
  readonly base: string;
}

interface Result {
  readonly what: string;
  readonly unit: string;
  /** Whether a larger figure is the better one. */
  readonly more: boolean;
  readonly figures: Map<string, number[]>;
}

async function startOurs(folder: string): Promise<Contender> {
  const program = join(import.meta.dirname, '../test/integration/registry/server.ts');
  const args = ['--disable-warning=ExperimentalWarning', program, join(folder, 'ours')];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(child.stdout), 'line');
  return { name: 'slipway', child, base: `http://127.0.0.1:${String(line).split(' ')[1]}` };
}

async function startPeer(folder: string): Promise<Contender | undefined> {
  const program = process.env.DOCKER_REGISTRY ?? 'docker-registry';
  if (spawnSync(program, ['--version']).error) {
    process.stdout.write(
      'bench: no docker-registry here (apt-get install docker-registry): figures without the peer\n',
    );
    return undefined;
  }
  const config = join(folder, 'peer.yml');
  const port = 20_000 + (process.pid % 20_000);
  await writeFile(
    config,
    `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${join(folder, 'peer')}}}\n` +
      `http: {addr: "127.0.0.1:${port}"}\n`,
  );
  const child = spawn(program, ['serve', config], { stdio: 'ignore' });
  const base = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 100; tries++) {
    if (
      await fetch(`${base}/v2/`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return { name: 'distribution', child, base };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('docker-registry did not start');
}

/** A file of noise that differs from every other, and its digest. */
async function bigFile(path: string, mark: number): Promise<string> {
  const file = await open(path, 'a+');
  if ((await file.stat()).size === 0) {
    const block = randomBytes(1 << 20);
    for (let count = 0; count < megabytes; count++) await file.write(block);
  }
  await file.close();
  const patch = await open(path, 'r+');
  await patch.write(Buffer.from(`${process.pid}-${mark}-${Math.random()}`), 0, undefined, 0);
  await patch.close();
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

async function pushFile(base: string, repository: string, path: string, digest: string): Promise<void> {
  const begun = await fetch(`${base}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  const url = new URL(begun.headers.get('location')!, base);
  url.searchParams.set('digest', digest);
  await run('curl', [
    '-sSf',
    '-o',
    '/dev/null',
    '-H',
    'Content-Type: application/octet-stream',
    '-T',
    path,
    url.href,
  ]);
}

async function manifestGets(base: string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' };
  const until = Date.now() + GET_MS;
  let count = 0;
  const client = async (): Promise<void> => {
    while (Date.now() < until) {
      await new Promise<void>((resolve, reject) => {
        get(`${base}/v2/team/app/manifests/v1`, { agent, headers }, (answer) => {
          if (answer.statusCode !== 200) reject(new Error(`status ${answer.statusCode}`));
          answer.on('end', resolve).resume();
        }).on('error', reject);
      });
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  agent.destroy();
  return (count * 1000) / GET_MS;
}

async function smallImages(base: string, prefix: string): Promise<void> {
  let next = 0;
  const client = async (): Promise<void> => {
    for (let index = next++; index < IMAGES; index = next++) {
      await pushImage(base, `small/${prefix}`, `t${index}`, randomImage([20_000, 5_000]));
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-registry-'));
const contenders: Contender[] = [];
const results: Result[] = [];

function record(what: string, unit: string, more: boolean, name: string, figure: number): void {
  let result = results.find((one) => one.what === what);
  if (result === undefined) {
    result = { what, unit, more, figures: new Map() };
    results.push(result);
  }
  result.figures.set(name, [...(result.figures.get(name) ?? []), figure]);
}

async function measureOne({ name, base }: Contender, round: number): Promise<void> {
  const file = join(folder, 'big');
  const digest = await bigFile(file, round);
  record(
    `push ${megabytes} MB`,
    'ms',
    false,
    name,
    await timed(() => pushFile(base, 'team/big', file, digest)),
  );
  const pull = ['-sSf', '-o', '/dev/null', `${base}/v2/team/big/blobs/${digest}`];
  for (let count = 0; count < PULLS; count++) {
    record(`pull ${megabytes} MB`, 'ms', false, name, await timed(() => run('curl', pull)));
  }
  record(
    `push ${IMAGES} small images, ${CLIENTS} at once`,
    'ms',
    false,
    name,
    await timed(() => smallImages(base, `r${round}`)),
  );
  await pushImage(base, 'team/app', 'v1', randomImage([1000]));
  record(`GET a manifest, ${CLIENTS} clients`, '/s', true, name, await manifestGets(base));
}

async function measureMany({ name, base, child }: Contender, round: number): Promise<void> {
  const files = Array.from({ length: CLIENTS }, (_, index) => join(folder, `many-${index}`));
  const digests: string[] = [];
  for (const [index, path] of files.entries()) digests.push(await bigFile(path, index));
  // Until here the largest of all that went before; 5 sets VmHWM to what is resident now (proc(5), clear_refs).
  if (round === 0) record('largest memory before', 'MB', false, name, residentMegabytes(child.pid!, 'VmHWM'));
  await writeFile(`/proc/${child.pid}/clear_refs`, '5');
  const all = (): Promise<unknown> =>
    Promise.all(files.map((path, index) => pushFile(base, `many/r${round}-${index}`, path, digests[index]!)));
  record(`push ${CLIENTS} × ${megabytes} MB at once`, 'ms', false, name, await timed(all));
  record('largest memory meanwhile', 'MB', false, name, residentMegabytes(child.pid!, 'VmHWM'));
}

/** Whoever comes first finds another disk cache than whoever comes second. */
function inTurn(round: number): Contender[] {
  return round % 2 === 0 ? contenders : [...contenders].reverse();
}

function report(): void {
  process.stdout.write(
    `${'what'.padEnd(38)}${contenders.map(({ name }) => name.padStart(14)).join('')}${'better'.padStart(9)}\n`,
  );
  for (const { what, unit, more, figures } of results) {
    const values = contenders.map(({ name }) => median(figures.get(name) ?? []));
    const cells = values.map((value) => `${value.toFixed(0)} ${unit}`.padStart(14)).join('');
    const [ours, peer] = values;
    const ratio = peer === undefined ? '' : `${(more ? ours! / peer : peer / ours!).toFixed(2)} ×`;
    process.stdout.write(`${what.padEnd(38)}${cells}${ratio.padStart(9)}\n`);
  }
}

try {
  contenders.push(await startOurs(folder));
  const peer = await startPeer(folder);
  if (peer) contenders.push(peer);
  const loadBefore = loadavg()[0]!;
  for (let round = 0; round < ROUNDS; round++) {
    for (const contender of inTurn(round)) await measureOne(contender, round);
  }
  for (let round = 0; round < MANY_ROUNDS; round++) {
    for (const contender of inTurn(round)) await measureMany(contender, round);
  }
  report();
  const load = [loadBefore, loadavg()[0]!].map((value) => value.toFixed(1)).join(' before, ');
  process.stdout.write(`load average: ${load} after (the bench itself makes about 2)\n`);
} finally {
  for (const { child } of contenders) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
